#include "wordpress/db_host.h"

#include <algorithm>

namespace postern::wordpress {
namespace {

// The front of `text` made of `allowed`, taken off it.
std::string_view take(std::string_view& text, std::string_view allowed) {
  const std::size_t end = std::min(text.find_first_not_of(allowed), text.size());
  const std::string_view out = text.substr(0, end);
  text.remove_prefix(end);
  return out;
}

// What digits follow `introduction`; 0 if it is something else.
unsigned read_port(std::string_view text, std::string_view introduction) {
  if (!text.starts_with(introduction)) return 0;
  text.remove_prefix(introduction.size());
  constexpr unsigned kFarTooHigh = 1'000'000;
  unsigned out = 0;
  for (const char digit : take(text, "0123456789")) {
    out = std::min(kFarTooHigh, out * 10 + static_cast<unsigned>(digit - '0'));
  }
  return out;
}

}  // namespace

std::optional<DbHost> parse_db_host(std::string_view text) {
  DbHost out;
  if (const std::size_t socket = text.find(":/"); socket != std::string_view::npos) {
    out.socket = text.substr(socket + 1);
    text = text.substr(0, socket);
  }
  out.is_ipv6 = std::count(text.begin(), text.end(), ':') > 1;
  if (out.is_ipv6) {
    if (text.starts_with('[')) text.remove_prefix(1);
    out.host = take(text, "0123456789abcdefABCDEF:");
    if (out.host.empty()) return std::nullopt;
    out.port = read_port(text, "]:");
  } else {
    const std::size_t end = std::min(text.find_first_of(":/"), text.size());
    out.host = text.substr(0, end);
    out.port = read_port(text.substr(end), ":");
  }
  return out;
}

}  // namespace postern::wordpress
