// UTF-8 as the Unicode standard defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postern::utf8 {

// One step through text. `length` bytes were looked at; at the end it is 0.
struct Step {
  char32_t code_point = 0;  // U+FFFD if not valid.
  std::size_t length = 0;
  bool valid = false;
};
// The code point at the front of `text`; an ill-formed one takes its maximal subpart.
// Source: Unicode 15, §3.9, table 3-7 and "U+FFFD Substitution of Maximal Subparts".
Step step(std::string_view text);

bool is_valid(std::string_view text);
// Number of code points; ill-formed ones count as one each.
std::size_t count(std::string_view text);
// Every ill-formed part becomes U+FFFD.
std::string sanitized(std::string_view text);
// The longest front of `text` that is at most `max_bytes` long and does not end within a code point.
std::string_view cut(std::string_view text, std::size_t max_bytes);
void append(std::string& out, char32_t code_point);

}  // namespace postern::utf8
