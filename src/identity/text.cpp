#include "identity/text.h"

#include "base/utf8.h"
#include "identity/tables.h"

#include <algorithm>
#include <optional>

namespace postern::identity {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_xml_character(std::uint32_t c) {
  return c == 0x9 || c == 0xA || c == 0xD || (c >= 0x20 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) ||
         (c >= 0x10000 && c <= 0x10FFFF);
}

template <class Class>
std::size_t run_length(std::string_view text, Class is_member) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_member);
  return static_cast<std::size_t>(end - text.begin());
}

std::uint32_t number(std::string_view digits, std::uint32_t base) {
  std::uint32_t value = 0;
  for (const char c : digits) {
    const char lower = is_alpha(c) ? static_cast<char>(c | 0x20) : c;
    value = value * base + static_cast<std::uint32_t>(is_digit(c) ? c - '0' : lower - 'a' + 10);
  }
  return value;
}

std::string_view without_zeros(std::string_view digits) {
  const std::size_t begin = digits.find_first_not_of('0');
  return begin == std::string_view::npos ? std::string_view() : digits.substr(begin);
}

struct Entity {
  std::size_t length = 0;  // In the text, '&' and ';' included.
  std::string text;        // As WordPress writes it.
};

// "&#0*(1-7 digits);" and "&#x0*(1-6 hex digits);", if they are characters that XML has.
std::optional<Entity> numeric_entity(std::string_view text) {
  const bool hex = text.size() > 2 && (text[2] == 'x' || text[2] == 'X');
  const std::string_view rest = text.substr(hex ? 3 : 2);
  const std::string_view digits = rest.substr(0, run_length(rest, hex ? is_hex : is_digit));
  if (digits.empty() || rest.substr(digits.size(), 1) != ";") return std::nullopt;
  const std::string_view plain = without_zeros(digits);
  if (plain.empty() || plain.size() > (hex ? 6U : 7U) || !is_xml_character(number(plain, hex ? 16 : 10))) {
    return std::nullopt;
  }
  Entity entity{text.size() - rest.size() + digits.size() + 1, hex ? "&#x" : "&#"};
  if (!hex && plain.size() < 3) entity.text.append(3 - plain.size(), '0');
  entity.text += plain;
  entity.text += ';';
  return entity;
}

std::optional<Entity> named_entity(std::string_view text) {
  const std::string_view rest = text.substr(1);
  const std::size_t letters = run_length(rest, is_alpha);
  const std::size_t digits = run_length(rest.substr(letters), is_digit);
  const std::string_view name = rest.substr(0, letters + digits);
  if (letters < 1 || digits > 2 || rest.substr(name.size(), 1) != ";") return std::nullopt;
  if (!std::binary_search(kEntityNames.begin(), kEntityNames.end(), name)) return std::nullopt;
  return Entity{name.size() + 2, "&" + std::string(name) + ";"};
}

std::optional<Entity> entity_at(std::string_view text) {
  if (text.size() < 3) return std::nullopt;
  return text[1] == '#' ? numeric_entity(text) : named_entity(text);
}

bool is_octet(std::string_view text) {
  return text.size() >= 3 && text[0] == '%' && is_hex(text[1]) && is_hex(text[2]);
}

// Deletes every %XX again and again: removing one may bring the next together.
bool remove_octets(std::string& text) {
  bool removed = false;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_octet(std::string_view(text).substr(at))) {
      ++at;
      continue;
    }
    removed = true;
    const std::string octet = text.substr(at, 3);
    std::string rest;
    for (std::size_t i = 0; i < text.size();) {
      if (text.compare(i, 3, octet) == 0) {
        i += 3;
      } else {
        rest += text[i++];
      }
    }
    text = std::move(rest);
    at = 0;
  }
  return removed;
}

template <class Class>
std::string collapse(std::string_view text, Class is_blank) {
  std::string out;
  out.reserve(text.size());
  bool in_run = false;
  for (const char c : text) {
    const bool blank = is_blank(c);
    if (!blank) out += c;
    if (blank && !in_run) out += ' ';
    in_run = blank;
  }
  return out;
}

}  // namespace

bool is_php_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank(" \t\n\r\0\x0b", 6);
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string add_slashes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '\'' || c == '"' || c == '\\') out += '\\';
    if (c == '\0') {
      out += "\\0";
    } else {
      out += c;
    }
  }
  return out;
}

std::string strip_slashes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && ++i == text.size()) break;
    out += i > 0 && text[i - 1] == '\\' && text[i] == '0' ? '\0' : text[i];
  }
  return out;
}

std::string normalize_entities(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '&') {
      out += text[i++];
    } else if (const auto entity = entity_at(text.substr(i))) {
      out += entity->text;
      i += entity->length;
    } else {
      out += "&amp;";
      ++i;
    }
  }
  return out;
}

std::string escape_html(std::string_view text, bool quotes) {
  if (text.find_first_of("&<>\"'") == std::string_view::npos) return std::string(text);
  std::string out;
  for (const char c : normalize_entities(text)) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"' && quotes) {
      out += "&quot;";
    } else if (c == '\'' && quotes) {
      out += "&#039;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string escape_unclosed_tags(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t open = text.find('<', i);
    out += text.substr(i, open - i);
    if (open == std::string_view::npos) break;
    const std::size_t end = text.find_first_of("<>", open + 1);
    const bool closed = end != std::string_view::npos && text[end] == '>';
    const std::size_t next = end == std::string_view::npos ? text.size() : closed ? end + 1 : end;
    const std::string_view piece = text.substr(open, next - open);
    out += closed ? std::string(piece) : escape_html(piece, true);
    i = next;
  }
  return out;
}

std::string sanitize_text_field(std::string_view text) {
  if (!utf8::is_valid(text)) return {};
  std::string out(text);
  if (out.find('<') != std::string::npos) {
    out = strip_all_tags(escape_unclosed_tags(out));
    for (std::size_t at = out.find("<\n"); at != std::string::npos; at = out.find("<\n", at))
      out.replace(at, 2, "&lt;\n");
  }
  out = collapse(out, [](char c) { return c == '\r' || c == '\n' || c == '\t' || c == ' '; });
  out = trim(out);
  if (remove_octets(out)) out = trim(collapse(out, [](char c) { return c == ' '; }));
  return out;
}

}  // namespace postern::identity
