#include "base/utf8.h"

#include <cstdint>
#include <cstring>

namespace postern::utf8 {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Lead {
  std::size_t length = 0;
  unsigned char first_low = 0x80;  // Range of the second byte.
  unsigned char first_high = 0xBF;
  unsigned char bits = 0;
};

Lead lead_of(unsigned char c) {
  const auto low = [c](unsigned mask) { return static_cast<unsigned char>(c & mask); };
  if (c < 0x80) return {1, 0, 0, c};
  if (c < 0xC2) return {};
  if (c < 0xE0) return {2, 0x80, 0xBF, low(0x1F)};
  if (c == 0xE0) return {3, 0xA0, 0xBF, low(0x0F)};
  if (c == 0xED) return {3, 0x80, 0x9F, low(0x0F)};
  if (c < 0xF0) return {3, 0x80, 0xBF, low(0x0F)};
  if (c == 0xF0) return {4, 0x90, 0xBF, low(0x07)};
  if (c < 0xF4) return {4, 0x80, 0xBF, low(0x07)};
  if (c == 0xF4) return {4, 0x80, 0x8F, low(0x07)};
  return {};
}

// Of the ASCII characters that `text` begins with.
std::size_t ascii_length(std::string_view text) {
  std::size_t at = 0;
  for (std::uint64_t eight = 0; at + sizeof eight <= text.size(); at += sizeof eight) {
    std::memcpy(&eight, text.data() + at, sizeof eight);
    if ((eight & 0x8080808080808080U) != 0) break;
  }
  while (at < text.size() && static_cast<signed char>(text[at]) >= 0) ++at;
  return at;
}

}  // namespace

Step step(std::string_view text) {
  if (text.empty()) return {};
  const Lead lead = lead_of(static_cast<unsigned char>(text[0]));
  if (lead.length == 0) return {kReplacement, 1, false};
  char32_t value = lead.bits;
  for (std::size_t i = 1; i < lead.length; ++i) {
    if (i >= text.size()) return {kReplacement, i, false};
    const auto c = static_cast<unsigned char>(text[i]);
    const bool fits = i == 1 ? c >= lead.first_low && c <= lead.first_high : (c & 0xC0U) == 0x80U;
    if (!fits) return {kReplacement, i, false};
    value = (value << 6U) | (c & 0x3FU);
  }
  return {value, lead.length, true};
}

bool is_valid(std::string_view text) {
  while (!text.empty()) {
    text.remove_prefix(ascii_length(text));
    if (text.empty()) return true;
    const Step next = step(text);
    if (!next.valid) return false;
    text.remove_prefix(next.length);
  }
  return true;
}

std::size_t count(std::string_view text) {
  std::size_t n = 0;
  for (; !text.empty(); ++n) text.remove_prefix(step(text).length);
  return n;
}

std::string sanitized(std::string_view text) {
  if (is_valid(text)) return std::string(text);
  std::string out;
  out.reserve(text.size() + 8);
  while (!text.empty()) {
    const Step next = step(text);
    append(out, next.code_point);
    text.remove_prefix(next.length);
  }
  return out;
}

std::string_view cut(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  std::size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

void append(std::string& out, char32_t c) {
  const auto put = [&](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6U));
    put(0x80 | (c & 0x3FU));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12U));
    put(0x80 | ((c >> 6U) & 0x3FU));
    put(0x80 | (c & 0x3FU));
  } else {
    put(0xF0 | (c >> 18U));
    put(0x80 | ((c >> 12U) & 0x3FU));
    put(0x80 | ((c >> 6U) & 0x3FU));
    put(0x80 | (c & 0x3FU));
  }
}

}  // namespace postern::utf8
