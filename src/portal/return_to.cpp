#include "portal/return_to.h"

#include "http/characters.h"
#include "http/message.h"
#include "login/cookies.h"

#include <algorithm>

namespace postern {
namespace {

constexpr std::size_t kMaxBytes = 2000;
constexpr std::string_view kDefault = "/account";

// "https://host/…" with nothing before the host that a browser could take for something else.
bool is_own_url(std::string_view url, const ReturnPolicy& policy) {
  if (!url.starts_with("https://") && !url.starts_with("http://")) return false;
  const std::string_view rest = url.substr(url.find("://") + 3);
  const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  return http::is_host(host) && host.find('@') == std::string_view::npos && is_own_host(host, policy);
}

}  // namespace

bool is_own_host(std::string_view host, const ReturnPolicy& policy) {
  if (host.empty()) return false;
  if (http::iequals(host, policy.own_host)) return true;
  const std::string& domain = policy.cookie_domain;
  if (domain.empty()) return false;
  const std::string_view name = host.substr(0, host.find(':'));
  if (name.size() < domain.size()) return false;
  const std::size_t before = name.size() - domain.size();
  return http::iequals(name.substr(before), domain) && (before == 0 || name[before - 1] == '.');
}

std::string return_to(std::string_view wanted, const ReturnPolicy& policy) {
  const bool plain = wanted.size() <= kMaxBytes &&
                     std::all_of(wanted.begin(), wanted.end(), [](char c) { return http::is_visible(c) && c != '\\'; });
  if (!plain) return std::string(kDefault);
  const bool is_path = wanted.starts_with('/') && !wanted.starts_with("//");
  return std::string(is_path || is_own_url(wanted, policy) ? wanted : kDefault);
}

std::string query_escaped(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~' || c == '/';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 15U];
    }
  }
  return out;
}

}  // namespace postern
