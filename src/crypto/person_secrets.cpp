#include "crypto/person_secrets.h"

#include "crypto/account_secrets.h"

#include <string>

namespace postern {
namespace {

// As in account_secrets.cpp: no webhook key, which is hashed as it is, has a ':' in it.
KeyHash hash_for(const KeyVault& vault, std::string_view purpose, std::string_view secret) {
  return vault.hash(std::string(purpose) + ':' + std::string(secret));
}

}  // namespace

Secret make_user_link_secret(Random& random) {
  return make_link_secret(random);
}

Secret make_user_session_secret(Random& random) {
  return make_session_secret(random);
}

KeyHash user_link_hash(const KeyVault& vault, std::string_view secret) {
  return hash_for(vault, "user link", secret);
}

KeyHash user_session_hash(const KeyVault& vault, std::string_view secret) {
  return hash_for(vault, "user session", secret);
}

std::string form_token(const KeyVault& vault, std::string_view cookie_secret) {
  return csrf_token(vault, "form:" + std::string(cookie_secret));
}

std::string set_password_url(std::string_view base_url, const Secret& link) {
  while (base_url.ends_with('/')) base_url.remove_suffix(1);
  return std::string(base_url) + "/account/set-password/" + std::string(link.reveal());
}

}  // namespace postern
