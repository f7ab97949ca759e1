#include "admin/session_cookie.h"

#include "login/cookies.h"

namespace postern {
namespace {

constexpr std::string_view kSecureName = "__Host-postern_session";
constexpr std::string_view kPlainName = "postern_session";
constexpr std::size_t kMaxSecretBytes = 100;

std::string attributes(const Client& client) {
  return std::string("; Path=/; HttpOnly; SameSite=Strict") + (client.tls ? "; Secure" : "");
}

}  // namespace

std::string_view session_cookie_name(const Client& client) {
  return client.tls ? kSecureName : kPlainName;
}

Secret presented_session(const Call& call) {
  const std::string_view value = find_cookie(call.request(), session_cookie_name(call.client()));
  return value.size() <= kMaxSecretBytes ? Secret(std::string(value)) : Secret();
}

std::string session_cookie(const Client& client, const Secret& secret, std::chrono::seconds lifetime) {
  return std::string(session_cookie_name(client)) + "=" + std::string(secret.reveal()) +
         "; Max-Age=" + std::to_string(lifetime.count()) + attributes(client);
}

std::string ended_session_cookie(const Client& client) {
  return std::string(session_cookie_name(client)) + "=; Max-Age=0" + attributes(client);
}

}  // namespace postern
