#include "identity/name.h"

#include "base/utf8.h"
#include "identity/text.h"

#include <algorithm>
#include <array>

namespace postern::identity {
namespace {

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_allowed_tag(std::string_view name) {
  constexpr std::array<std::string_view, 14> kAllowed{"a",   "abbr", "acronym", "b", "blockquote", "cite",   "code",
                                                      "del", "em",   "i",       "q", "s",          "strike", "strong"};
  return std::find(kAllowed.begin(), kAllowed.end(), name) != kAllowed.end();
}

// One `<…>`: what WordPress' kses makes of it. Real tags have gone before; what comes here has a blank behind the '<'.
std::string kses_tag(std::string_view tag) {
  std::string_view inner = tag.substr(1, tag.size() - 2);
  while (!inner.empty() && is_php_space(inner.front())) inner.remove_prefix(1);
  const bool closing = !inner.empty() && inner.front() == '/';
  if (closing) inner.remove_prefix(1);
  while (!inner.empty() && is_php_space(inner.front())) inner.remove_prefix(1);
  const auto end = std::find_if_not(inner.begin(), inner.end(), is_alnum);
  const std::string name = ascii_lower(inner.substr(0, static_cast<std::size_t>(end - inner.begin())));
  if (!is_allowed_tag(name)) return {};
  return (closing ? "</" : "<") + name + ">";
}

std::string kses_tags(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '>') {
      out += "&gt;";
      ++i;
      continue;
    }
    if (text[i] != '<') {
      out += text[i++];
      continue;
    }
    const std::size_t end = text.find('>', i);
    const std::size_t length = end == std::string_view::npos ? text.size() - i : end - i + 1;
    if (end != std::string_view::npos) out += kses_tag(text.substr(i, length));
    i += length;
  }
  return out;
}

std::string without_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool control = byte <= 8 || byte == 0xb || byte == 0xc || (byte >= 0xe && byte <= 0x1f);
    if (!control) out += c;
  }
  return out;
}

bool is_falsy(std::string_view text) {
  return text.empty() || text == "0";
}

// _wp_specialchars() leaves an entity alone, but does not know &apos;.
std::string special_chars(std::string_view text) {
  std::string out = escape_html(text, false);
  for (std::size_t at = out.find("&apos;"); at != std::string::npos; at = out.find("&apos;", at + 5)) {
    out.replace(at, 1, "&amp;");
  }
  return out;
}

}  // namespace

std::string stored_name(std::string_view raw) {
  if (is_falsy(raw)) return {};
  const std::string field = strip_slashes(sanitize_text_field(add_slashes(raw)));
  std::string text = normalize_entities(without_controls(field));
  text = kses_tags(escape_unclosed_tags(text));
  return strip_slashes(special_chars(add_slashes(text)));
}

std::string stored_display_name(std::string_view stored_first, std::string_view stored_last, std::string_view login) {
  std::string name;
  if (!is_falsy(stored_first) && !is_falsy(stored_last)) {
    name = std::string(stored_first) + " " + std::string(stored_last);
  } else if (!is_falsy(stored_first)) {
    name = stored_first;
  } else if (!is_falsy(stored_last)) {
    name = stored_last;
  } else {
    name = login;
  }
  return stored_name(name);
}

std::size_t count_characters(std::string_view text) {
  return utf8::count(text);
}

std::string name_text(std::string_view stored) {
  struct Named {
    std::string_view entity;
    char character;
  };
  constexpr std::array<Named, 5> kNamed{
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#039;", '\''}}};
  if (stored.find('&') == std::string_view::npos) return std::string(stored);
  std::string out;
  for (std::size_t i = 0; i < stored.size();) {
    const auto it = std::find_if(kNamed.begin(), kNamed.end(),
                                 [&](const Named& each) { return stored.substr(i).starts_with(each.entity); });
    if (it == kNamed.end()) {
      out += stored[i++];
    } else {
      out += it->character;
      i += it->entity.size();
    }
  }
  return out;
}

}  // namespace postern::identity
