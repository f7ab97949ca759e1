#pragma once

#include <string>
#include <string_view>

namespace postern {

// Every byte as %XX, also those that could stand for themselves.
inline std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
  }
  return out;
}

}  // namespace postern
