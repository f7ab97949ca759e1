#include "source/script_data.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "source/json_form.h"
#include "source/media_type.h"
#include "source/multipart.h"
#include "source/secret_names.h"
#include "source/urlencoded.h"

#include <boost/json.hpp>

namespace postern {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxNesting = 8;

// "a[b][]" → "a", "b", "". A name whose brackets do not fit is one key.
std::vector<std::string> path_of(const std::string& name) {
  const std::size_t open = name.find('[');
  if (open == std::string::npos || open == 0) return {name};
  std::vector<std::string> out{name.substr(0, open)};
  for (std::size_t at = open; at < name.size();) {
    const std::size_t close = name[at] == '[' ? name.find(']', at) : std::string::npos;
    if (close == std::string::npos || out.size() >= kMaxNesting) return {name};
    out.push_back(name.substr(at + 1, close - at - 1));
    at = close + 1;
  }
  return out;
}

// Fields of a form, put together.
class FormDocument {
 public:
  explicit FormDocument(ScriptData& out) : out_(out) {}

  void add(std::string name, std::string value) {
    name = utf8::sanitized(name);
    if (is_secret_name(name)) {
      if (is_comparable_secret(name)) out_.secrets.emplace_back(ascii_lower(name), Secret(std::move(value)));
      value = kRedacted;
    }
    place(path_of(name), json::value(utf8::sanitized(value)));
  }
  void finish() { out_.json = json::serialize(object_); }

 private:
  void place(const std::vector<std::string>& path, json::value value) {
    json::object* object = &object_;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
      const bool list = path[i + 1].empty();
      json::value& next = (*object)[path[i]];
      if (list && i + 2 == path.size()) {
        if (!next.is_array()) next = json::array();
        next.get_array().push_back(std::move(value));
        return;
      }
      if (!next.is_object()) next = json::object();
      object = &next.get_object();
    }
    (*object)[path.back()] = std::move(value);
  }

  ScriptData& out_;
  json::object object_;
};

void read_json(std::string_view body, const FormLimits& limits, ScriptData& out) {
  const std::optional<std::string> redacted = redact_json(body, limits);
  if (!redacted || !redacted->starts_with('{')) return;
  out.json = *redacted;
  for (Field& field : decode_json(body, limits).fields) {
    if (field.kind == Field::Kind::text && is_secret_name(field.name) && is_comparable_secret(field.name)) {
      out.secrets.emplace_back(ascii_lower(field.name), Secret(std::move(field.value)));
    }
  }
}

void read_urlencoded(std::string_view body, const FormLimits& limits, ScriptData& out) {
  FormDocument document(out);
  std::size_t fields = 0;
  each_pair(body, [&](std::string_view name, std::string_view value) {
    document.add(form_decode(name), form_decode(value));
    return ++fields < limits.max_fields;
  });
  document.finish();
}

void read_multipart(std::string_view body, std::string_view boundary, const FormLimits& limits, ScriptData& out) {
  const Multipart multipart = parse_multipart(body, boundary, {limits.max_fields, limits.max_part_head_bytes});
  if (multipart.error != Multipart::Error::none) return;
  FormDocument document(out);
  for (const Part& part : multipart.parts) {
    if (!part.is_file) document.add(part.name, std::string(part.data));
  }
  document.finish();
}

}  // namespace

bool is_comparable_secret(std::string_view name) {
  const std::string text = ascii_lower(name);
  return text.find("pass") == std::string::npos && text.find("pwd") == std::string::npos;
}

ScriptData script_data(std::string_view content_type, std::string_view body, const FormLimits& limits) {
  ScriptData out;
  const MediaType type = parse_media_type(content_type);
  switch (format_of(type)) {
    case BodyFormat::json:
      read_json(body, limits, out);
      break;
    case BodyFormat::urlencoded:
      read_urlencoded(body, limits, out);
      break;
    case BodyFormat::multipart:
      read_multipart(body, type.boundary.value_or(""), limits, out);
      break;
    case BodyFormat::unknown:
      break;
  }
  return out;
}

}  // namespace postern
