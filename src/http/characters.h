// Classes of characters in HTTP. Source: RFC 9110 §5.6.2, §5.5.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace postern::http {

namespace detail {
constexpr std::array<bool, 256> token_table() {
  std::array<bool, 256> table{};
  for (std::size_t c = '0'; c <= '9'; ++c) table[c] = true;
  for (std::size_t c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (std::size_t c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}
inline constexpr std::array<bool, 256> kToken = token_table();
}  // namespace detail

inline bool is_token_char(char c) {
  return detail::kToken[static_cast<unsigned char>(c)];
}

inline bool is_token(std::string_view text) {
  for (const char c : text) {
    if (!is_token_char(c)) return false;
  }
  return !text.empty();
}

// Visible ASCII: what a request target consists of.
inline bool is_visible(char c) {
  return c > 0x20 && c < 0x7f;
}

// What a field value may hold: visible ASCII, blanks, and bytes above it.
inline bool is_field_value(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) return false;
  }
  return true;
}

inline std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// uri-host [ ":" port ], or empty. Source: RFC 9110 §7.2, RFC 3986 §3.2.2.
bool is_host(std::string_view text);

}  // namespace postern::http
