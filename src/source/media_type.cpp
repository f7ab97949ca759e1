#include "source/media_type.h"

#include "base/ascii.h"
#include "http/characters.h"

#include <algorithm>

namespace postern {
namespace {

constexpr std::string_view kUrlencoded = "application/x-www-form-urlencoded";
constexpr std::string_view kJson = "application/json";

// Of the token that `text` begins with.
std::size_t token_length(std::string_view text) {
  return static_cast<std::size_t>(
      std::find_if_not(text.begin(), text.end(), [](char c) { return http::is_token_char(c); }) - text.begin());
}

bool take_quoted(std::string_view& text, std::string& out) {
  out.clear();
  text.remove_prefix(1);
  while (!text.empty() && text.front() != '"') {
    if (text.front() == '\\' && text.size() > 1 && (text[1] == '"' || text[1] == '\\')) text.remove_prefix(1);
    out += text.front();
    text.remove_prefix(1);
  }
  if (text.empty()) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

bool take_parameter(std::string_view& text, std::string& name, std::string& value) {
  const std::size_t length = token_length(text);
  if (length == 0 || length == text.size() || text[length] != '=') return false;
  name = ascii_lower(text.substr(0, length));
  text.remove_prefix(length + 1);
  if (!text.empty() && text.front() == '"') return take_quoted(text, value);
  // Senders write characters here that are no token, such as the '/' of "boundary=a/b"; up to ';' all is meant.
  value.clear();
  while (!text.empty() && text.front() != ';' && text.front() != ' ' && text.front() != '\t' && text.front() != '"') {
    value += text.front();
    text.remove_prefix(1);
  }
  return !value.empty();
}

MediaType parse_media_type(std::string_view header) {
  MediaType out;
  while (!header.empty() && (header.front() == ' ' || header.front() == '\t')) header.remove_prefix(1);
  const std::size_t type = token_length(header);
  if (type == 0 || type == header.size() || header[type] != '/') return out;
  const std::size_t subtype = token_length(header.substr(type + 1));
  if (subtype == 0) return out;
  const std::string_view essence = header.substr(0, type + 1 + subtype);
  header.remove_prefix(essence.size());
  const bool well_formed = each_parameter(header, [&](const std::string& name, const std::string& value) {
    if (name == "boundary" && !out.boundary) out.boundary = value;
  });
  if (well_formed) out.essence = ascii_lower(essence);
  return out;
}

BodyFormat format_of(const MediaType& type) {
  constexpr std::string_view kJsonSuffix = "+json";
  const std::string& essence = type.essence;
  if (essence == kUrlencoded) return BodyFormat::urlencoded;
  if (essence == "multipart/form-data") return BodyFormat::multipart;
  if (essence == kJson) return BodyFormat::json;
  if (essence.starts_with("application/") && essence.ends_with(kJsonSuffix)) return BodyFormat::json;
  return BodyFormat::unknown;
}

BodyFormat format_of(std::string_view header) {
  if (header == kUrlencoded) return BodyFormat::urlencoded;
  if (header == kJson) return BodyFormat::json;
  return format_of(parse_media_type(header));
}

}  // namespace postern
