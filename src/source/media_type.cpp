#include "source/media_type.h"

#include "base/ascii.h"

namespace postern {
namespace {

bool is_token_char(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kOthers.find(c) != std::string_view::npos;
}

bool take_token(std::string_view& text, std::string& out, bool lower_case) {
  out.clear();
  while (!text.empty() && is_token_char(text.front())) {
    out += lower_case ? ascii_lower(text.front()) : text.front();
    text.remove_prefix(1);
  }
  return !out.empty();
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
  if (!take_token(text, name, true) || text.empty() || text.front() != '=') return false;
  text.remove_prefix(1);
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
  std::string type;
  std::string subtype;
  if (!take_token(header, type, true) || header.empty() || header.front() != '/') return out;
  header.remove_prefix(1);
  if (!take_token(header, subtype, true)) return out;
  const bool well_formed = each_parameter(header, [&](const std::string& name, const std::string& value) {
    if (name == "boundary" && !out.boundary) out.boundary = value;
  });
  if (well_formed) out.essence = type + "/" + subtype;
  return out;
}

BodyFormat format_of(const MediaType& type) {
  constexpr std::string_view kJsonSuffix = "+json";
  const std::string& essence = type.essence;
  if (essence == "application/x-www-form-urlencoded") return BodyFormat::urlencoded;
  if (essence == "multipart/form-data") return BodyFormat::multipart;
  if (essence == "application/json") return BodyFormat::json;
  if (essence.starts_with("application/") && essence.ends_with(kJsonSuffix)) return BodyFormat::json;
  return BodyFormat::unknown;
}

}  // namespace postern
