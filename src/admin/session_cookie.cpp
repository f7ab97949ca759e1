#include "admin/session_cookie.h"

namespace postern {
namespace {

constexpr std::string_view kSecureName = "__Host-postern_session";
constexpr std::string_view kPlainName = "postern_session";
constexpr std::size_t kMaxSecretBytes = 100;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::string_view cookie_value(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const std::size_t end = std::min(header.find(';'), header.size());
    const std::string_view pair = trimmed(header.substr(0, end));
    header.remove_prefix(std::min(end + 1, header.size()));
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') {
      return pair.substr(name.size() + 1);
    }
  }
  return {};
}

std::string attributes(const Client& client) {
  return std::string("; Path=/; HttpOnly; SameSite=Strict") + (client.tls ? "; Secure" : "");
}

// "https://postern.example:8443/x" -> "postern.example:8443"
std::string_view host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  url.remove_prefix(scheme + 3);
  return url.substr(0, url.find('/'));
}

}  // namespace

std::string_view session_cookie_name(const Client& client) {
  return client.tls ? kSecureName : kPlainName;
}

Secret presented_session(const Call& call) {
  const std::string_view name = session_cookie_name(call.client());
  for (const http::Header& header : call.request().headers) {
    if (!http::iequals(header.name, "cookie")) continue;
    const std::string_view value = cookie_value(header.value, name);
    if (!value.empty() && value.size() <= kMaxSecretBytes) return Secret(std::string(value));
  }
  return {};
}

std::string session_cookie(const Client& client, const Secret& secret, std::chrono::seconds lifetime) {
  return std::string(session_cookie_name(client)) + "=" + std::string(secret.reveal()) +
         "; Max-Age=" + std::to_string(lifetime.count()) + attributes(client);
}

std::string ended_session_cookie(const Client& client) {
  return std::string(session_cookie_name(client)) + "=; Max-Age=0" + attributes(client);
}

bool is_cross_site(const http::Request& request, std::string_view public_url) {
  if (const auto site = request.header("sec-fetch-site"); site && *site != "same-origin") return true;
  const auto origin = request.header("origin");
  if (!origin) return false;
  const std::string_view from = host_of(*origin);
  if (from.empty()) return true;  // "null": a sandbox or a redirect.
  const bool ours = http::iequals(from, request.header("host").value_or("")) ||
                    (!public_url.empty() && http::iequals(from, host_of(public_url)));
  return !ours;
}

}  // namespace postern
