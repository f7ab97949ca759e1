#include "login/cookies.h"

#include <algorithm>

namespace postern {
namespace {

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

}  // namespace

std::string_view find_cookie(const http::Request& request, std::string_view name) {
  for (const http::Header& header : request.headers) {
    if (!http::iequals(header.name, "cookie")) continue;
    if (const std::string_view value = cookie_value(header.value, name); !value.empty()) return value;
  }
  return {};
}

std::string_view host_of_url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  url.remove_prefix(scheme + 3);
  return url.substr(0, url.find('/'));
}

bool is_cross_site(const http::Request& request, std::string_view public_url) {
  if (const auto site = request.header("sec-fetch-site"); site && *site != "same-origin") return true;
  const auto origin = request.header("origin");
  if (!origin) return false;
  const std::string_view from = host_of_url(*origin);
  if (from.empty()) return true;  // "null": a sandbox or a redirect.
  const bool ours = http::iequals(from, request.header("host").value_or("")) ||
                    (!public_url.empty() && http::iequals(from, host_of_url(public_url)));
  return !ours;
}

bool is_cross_site_form(const http::Request& request, std::string_view public_url) {
  if (request.header("origin") != "null") return is_cross_site(request, public_url);
  const auto site = request.header("sec-fetch-site");
  return site && *site != "same-origin";
}

}  // namespace postern
