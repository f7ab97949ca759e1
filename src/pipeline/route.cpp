#include "pipeline/route.h"

#include "http/message.h"
#include "source/urlencoded.h"

namespace postern {
namespace {

constexpr std::string_view kNamespace = "/fluent-community/v2/webhook/";
constexpr std::string_view kRestPrefix = "/wp-json";
constexpr std::string_view kIndex = "/index.php";

// In a path a '+' is a '+'.
std::string path_decode(std::string_view text) {
  if (text.find('%') == std::string_view::npos) return std::string(text);
  std::string escaped;
  for (const char c : text) {
    if (c == '+') {
      escaped += "%2B";
    } else {
      escaped += c;
    }
  }
  return form_decode(escaped);
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && http::iequals(text.substr(0, prefix.size()), prefix);
}

// "/fluent-community/v2/webhook/{key}[/]" → the key, not decoded.
std::optional<std::string_view> key_of_route(std::string_view route) {
  while (route.size() > 1 && route[0] == '/' && route[1] == '/') route.remove_prefix(1);
  if (!starts_with_ignoring_case(route, kNamespace)) return std::nullopt;
  route.remove_prefix(kNamespace.size());
  if (!route.empty() && route.back() == '/') route.remove_suffix(1);
  if (route.find('/') != std::string_view::npos) return std::nullopt;
  return route;
}

// The last value of a query parameter, decoded.
std::optional<std::string> parameter(std::string_view query, std::string_view name) {
  std::optional<std::string> found;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    const std::size_t equals = pair.find('=');
    const std::string_view raw_name = pair.substr(0, equals);
    const bool same =
        raw_name == name || (raw_name.find('%') != std::string_view::npos && form_decode(raw_name) == name);
    if (same) found = equals == std::string_view::npos ? "" : form_decode(pair.substr(equals + 1));
  }
  return found;
}

}  // namespace

std::optional<WebhookRoute> route_webhook(std::string_view path, std::string_view query) {
  std::string_view rest = path;
  if (starts_with_ignoring_case(rest, kIndex)) rest.remove_prefix(kIndex.size());
  if (starts_with_ignoring_case(rest, kRestPrefix)) {
    if (const auto key = key_of_route(rest.substr(kRestPrefix.size()))) {
      return WebhookRoute{Dialect::rest, path_decode(*key)};
    }
  }
  if (query.empty()) return std::nullopt;
  if (path == "/" || rest.empty() || rest == "/") {
    const auto route = parameter(query, "rest_route");
    if (const auto key = route ? key_of_route(*route) : std::nullopt) {
      return WebhookRoute{Dialect::rest, std::string(*key)};
    }
  }
  if (parameter(query, "fcom_action") == "incoming_webhook") {
    if (auto key = parameter(query, "webhook")) return WebhookRoute{Dialect::plugin, std::move(*key)};
  }
  return std::nullopt;
}

std::string webhook_url(std::string_view base_url, std::string_view key) {
  if (!base_url.empty() && base_url.back() == '/') base_url.remove_suffix(1);
  std::string out(base_url);
  out += kRestPrefix;
  out += kNamespace;
  out += key;
  return out;
}

}  // namespace postern
