#include "wordpress/php_serialize.h"

#include "identity/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace postern::wordpress {
namespace {

// The shortest digits that read back as the same number, in the form of PHP's serialize_precision=-1: plain up to 17
// digits before the point and 4 zeros after it, else as 1.5E-7, with a point in any case.
std::string double_text(double number) {
  if (std::isnan(number)) return "NAN";
  if (std::isinf(number)) return number < 0 ? "-INF" : "INF";
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::scientific);
  std::string_view text(buffer.data(), static_cast<std::size_t>(end.ptr - buffer.data()));
  std::string out;
  if (text.front() == '-') {
    out = '-';
    text.remove_prefix(1);
  }
  const std::size_t e = text.find('e');
  std::string digits(1, text.front());
  if (e > 2) digits += text.substr(2, e - 2);
  std::string_view exponent_text = text.substr(e + 1);
  if (exponent_text.front() == '+') exponent_text.remove_prefix(1);
  int exponent = 0;
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  if (exponent < -4 || exponent >= 17) {
    out += digits.substr(0, 1) + '.' + (digits.size() > 1 ? digits.substr(1) : "0");
    return out + 'E' + (exponent < 0 ? "" : "+") + std::to_string(exponent);
  }
  if (exponent < 0) return out + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  const auto before = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= before) return out + digits + std::string(before - digits.size(), '0');
  return out + digits.substr(0, before) + '.' + digits.substr(before);
}

void write_string(std::string& out, std::string_view text) {
  out += "s:" + std::to_string(text.size()) + ":\"";
  out += text;
  out += "\";";
}

void write(std::string& out, const PhpValue& value);

struct Writer {
  std::string& out;

  void operator()(const PhpNull&) const { out += "N;"; }
  void operator()(bool value) const { out += value ? "b:1;" : "b:0;"; }
  void operator()(std::int64_t value) const { out += "i:" + std::to_string(value) + ';'; }
  void operator()(double value) const { out += "d:" + double_text(value) + ';'; }
  void operator()(const std::string& value) const { write_string(out, value); }
  void operator()(const PhpObject& value) const { out += value.serialized; }
  void operator()(const PhpArray& array) const {
    out += "a:" + std::to_string(array.entries.size()) + ":{";
    for (const PhpEntry& entry : array.entries) {
      std::visit(*this, entry.key);
      write(out, entry.value);
    }
    out += '}';
  }
};

void write(std::string& out, const PhpValue& value) {
  std::visit(Writer{out}, value.data);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

std::string php_serialize(const PhpValue& value) {
  std::string out;
  write(out, value);
  return out;
}

bool is_serialized(std::string_view text, bool strict) {
  text = identity::trim(text);
  if (text == "N;") return true;
  if (text.size() < 4 || text[1] != ':') return false;
  if (strict && text.back() != ';' && text.back() != '}') return false;
  if (!strict) {
    const std::size_t semicolon = text.find(';');
    const std::size_t brace = text.find('}');
    if (semicolon == std::string_view::npos && brace == std::string_view::npos) return false;
    if (semicolon < 3 || brace < 4) return false;
  }
  const auto digits_then_colon = [&text] {
    std::size_t at = 2;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at > 2 && at < text.size() && text[at] == ':';
  };
  switch (text[0]) {
    case 's':
      if (strict ? text[text.size() - 2] != '"' : text.find('"') == std::string_view::npos) return false;
      return digits_then_colon();
    case 'a':
    case 'O':
    case 'E':
      return digits_then_colon();
    case 'b':
    case 'i':
    case 'd': {
      const std::size_t end = text.find_first_not_of("0123456789.E+-", 2);
      if (end == std::string_view::npos || end == 2 || text[end] != ';') return false;
      return !strict || end == text.size() - 1;
    }
    default:
      return false;
  }
}

std::string maybe_serialize(std::string_view text) {
  if (!is_serialized(text, false)) return std::string(text);
  std::string out;
  write_string(out, text);
  return out;
}

Result<PhpValue> maybe_unserialize(std::string_view text, const PhpLimits& limits) {
  if (!is_serialized(text, true)) return PhpValue{std::string(text)};
  return php_unserialize(identity::trim(text), limits);
}

}  // namespace postern::wordpress
