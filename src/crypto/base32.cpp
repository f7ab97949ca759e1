#include "crypto/base32.h"

#include <cstdint>

namespace postern {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr unsigned kBits = 5;

}  // namespace

std::string base32_encode(std::span<const std::byte> bytes) {
  std::string out;
  std::uint32_t waiting = 0;
  unsigned bits = 0;
  for (const std::byte each : bytes) {
    waiting = waiting << 8U | static_cast<std::uint32_t>(each);
    bits += 8;
    for (; bits >= kBits; bits -= kBits) out += kAlphabet[waiting >> (bits - kBits) & 31U];
  }
  if (bits > 0) out += kAlphabet[waiting << (kBits - bits) & 31U];
  return out;
}

std::optional<std::string> base32_decode(std::string_view text) {
  std::string out;
  std::uint32_t waiting = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    const std::size_t value = kAlphabet.find(upper);
    if (value == std::string_view::npos) return std::nullopt;
    waiting = waiting << kBits | static_cast<std::uint32_t>(value);
    bits += kBits;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(waiting >> bits & 0xFFU);
  }
  if (bits >= kBits || (waiting & ((1U << bits) - 1U)) != 0) return std::nullopt;
  return out;
}

}  // namespace postern
