#include "source/json_form.h"

#include "source/secret_names.h"

#include <boost/json.hpp>

#include <array>

namespace postern {
namespace {

namespace json = boost::json;

std::string_view without_bom(std::string_view body) {
  constexpr std::string_view kBom = "\xEF\xBB\xBF";
  return body.starts_with(kBom) ? body.substr(kBom.size()) : body;
}

// Only memory can run out in here, and then std::bad_alloc ends the request one level up.
json::value parse(std::string_view body, std::size_t depth, json::storage_ptr storage, json::error_code& error) {
  json::parse_options options;
  options.max_depth = depth;
  return json::parse(json::string_view(body.data(), body.size()), error, std::move(storage), options);
}

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

void redact(json::value& value, std::string_view also) {
  if (auto* object = value.if_object()) {
    for (auto& member : *object) {
      const std::string_view name(member.key().data(), member.key().size());
      if (is_secret_name(name) || (!also.empty() && name == also)) {
        member.value() = std::string(kRedacted);
      } else {
        redact(member.value(), also);
      }
    }
  } else if (auto* list = value.if_array()) {
    for (json::value& each : *list) redact(each, also);
  }
}

}  // namespace

DecodedForm decode_json(std::string_view body, const FormLimits& limits) {
  DecodedForm out;
  std::array<unsigned char, 4096> buffer;  // NOLINT: written before it is read
  json::monotonic_resource resource(buffer.data(), buffer.size());
  json::error_code error;
  const json::value document = parse(without_bom(body), limits.max_json_depth, &resource, error);
  if (error) {
    out.rejection = Rejection{400, "malformed_body",
                              "The body is not valid JSON (" + error.message() +
                                  "). Send one JSON object, such as {\"email\": \"ada@example.com\"}."};
    return out;
  }
  const json::object* object = document.if_object();
  if (object == nullptr) {
    out.rejection = Rejection{400, "malformed_body", "The body is JSON, but not an object. Send {\"email\": \"…\"}."};
    return out;
  }
  if (object->size() > limits.max_fields) {
    out.rejection = too_many_fields(limits.max_fields);
    return out;
  }
  out.fields.reserve(object->size());
  for (const auto& member : *object) {
    const json::value& value = member.value();
    Field field{std::string(member.key().data(), member.key().size()), {}, Field::Kind::text};
    if (const json::string* text = value.if_string()) {
      field.value = view(*text);
    } else if (value.is_object() || value.is_array()) {
      field.kind = Field::Kind::structured;
    } else if (value.is_null()) {
      continue;
    } else {
      field.kind = Field::Kind::scalar;
      field.value = json::serialize(value);
    }
    out.fields.push_back(std::move(field));
  }
  return out;
}

std::optional<std::string> redact_json(std::string_view body, const FormLimits& limits, std::string_view also) {
  json::error_code error;
  json::value document = parse(without_bom(body), limits.max_json_depth, {}, error);
  if (error) return std::nullopt;
  redact(document, also);
  return json::serialize(document);
}

}  // namespace postern
