// The secrets that users have on the pages for people: set-password links and session cookies. Kept as keyed hashes
// only, each taken for one purpose.
#pragma once

#include "crypto/key_vault.h"

#include <string>
#include <string_view>

namespace postern {

// 256 bits each, 43 characters of A-Z a-z 0-9 - _.
Secret make_user_link_secret(Random& random);
Secret make_user_session_secret(Random& random);

KeyHash user_link_hash(const KeyVault& vault, std::string_view secret);
KeyHash user_session_hash(const KeyVault& vault, std::string_view secret);
// What a form of ours has to send along: a function of the secret in a cookie.
std::string form_token(const KeyVault& vault, std::string_view cookie_secret);

// The address that a person opens to set a password.
std::string set_password_url(std::string_view base_url, const Secret& link);

}  // namespace postern
