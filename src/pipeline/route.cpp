#include "pipeline/route.h"

#include "http/message.h"

namespace postern {
namespace {

constexpr std::string_view kNamespace = "/fluent-community/v2/webhook/";
constexpr std::string_view kRestPrefix = "/wp-json";
constexpr std::string_view kIndex = "/index.php";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' && plus_is_space ? ' ' : text[i];
    }
  }
  return out;
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
        raw_name == name || (raw_name.find('%') != std::string_view::npos && percent_decode(raw_name, true) == name);
    if (same) found = equals == std::string_view::npos ? "" : percent_decode(pair.substr(equals + 1), true);
  }
  return found;
}

}  // namespace

std::optional<WebhookRoute> route_webhook(std::string_view path, std::string_view query) {
  std::string_view rest = path;
  if (starts_with_ignoring_case(rest, kIndex)) rest.remove_prefix(kIndex.size());
  if (starts_with_ignoring_case(rest, kRestPrefix)) {
    if (const auto key = key_of_route(rest.substr(kRestPrefix.size()))) {
      return WebhookRoute{Dialect::rest, percent_decode(*key, false)};
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
