#include "base/utf8.h"
#include "identity/tables.h"
#include "identity/text.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>

namespace postern::identity {
namespace {

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) < 0; });
}

std::string normalized(std::string_view text) {
  utf8proc_uint8_t* out = nullptr;
  const auto length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &out, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  if (length < 0) return std::string(text);
  std::string result(reinterpret_cast<const char*>(out), static_cast<std::size_t>(length));
  std::free(out);  // NOLINT: allocated by the C library
  return result;
}

std::string map_unicode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const utf8::Step step = utf8::step(text);
    const auto it = std::lower_bound(kAccents.begin(), kAccents.end(), step.code_point,
                                     [](const Accent& each, char32_t c) { return each.code_point < c; });
    if (it != kAccents.end() && it->code_point == step.code_point) {
      out += it->plain;
    } else {
      out += text.substr(0, step.length);
    }
    text.remove_prefix(step.length);
  }
  return out;
}

// What is not UTF-8 is taken for Latin-1. The letter of each byte from 0x80 on; ' ' leaves the byte as it is.
std::string map_latin1(std::string_view text) {
  constexpr std::string_view kFrom80 =
      "E  f      S   Z           s   zY  c  Y               u          "
      "AAAAAA CEEEEIIII NOOOOO OUUUUY  aaaaaa ceeeeiiii nooooo ouuuuy y";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (byte) {
      case 0x8c:
        out += "OE";
        break;
      case 0x9c:
        out += "oe";
        break;
      case 0xc6:
        out += "AE";
        break;
      case 0xd0:
        out += "DH";
        break;
      case 0xde:
        out += "TH";
        break;
      case 0xdf:
        out += "ss";
        break;
      case 0xe6:
        out += "ae";
        break;
      case 0xf0:
        out += "dh";
        break;
      case 0xfe:
        out += "th";
        break;
      default: {
        const std::size_t at = byte < 0x80 ? kFrom80.size() : byte - 0x80U;
        out += at < kFrom80.size() && kFrom80[at] != ' ' ? kFrom80[at] : c;
      }
    }
  }
  return out;
}

}  // namespace

std::string remove_accents(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  return utf8::is_valid(text) ? map_unicode(normalized(text)) : map_latin1(text);
}

}  // namespace postern::identity
