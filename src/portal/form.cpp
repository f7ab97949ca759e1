#include "portal/form.h"

#include "http/characters.h"
#include "source/media_type.h"
#include "source/urlencoded.h"

namespace postern {

bool Form::is_form(const http::Request& request) {
  return format_of(request.header("content-type").value_or("")) == BodyFormat::urlencoded;
}

std::optional<std::string> Form::find(std::string_view name, std::size_t max) const {
  std::optional<std::string_view> raw;
  each_pair(body_, [&](std::string_view key, std::string_view value) {
    if (key == name) raw = value;
    return true;
  });
  // A byte takes three characters at most.
  if (!raw || raw->size() > 3 * max) return std::nullopt;
  std::string value = form_decode(*raw);
  if (value.size() > max) return std::nullopt;
  return value;
}

std::string Form::text(std::string_view name, std::size_t max) const {
  const std::string value = find(name, max).value_or("");
  return std::string(http::trim_blanks(value));
}

std::optional<Secret> Form::secret(std::string_view name, std::size_t max) const {
  std::optional<std::string> value = find(name, max);
  if (!value) return std::nullopt;
  return Secret(*std::move(value));
}

std::string query_value(std::string_view query, std::string_view name) {
  std::string_view raw;
  each_pair(query, [&](std::string_view key, std::string_view value) {
    if (key == name) raw = value;
    return true;
  });
  return form_decode(raw);
}

}  // namespace postern
