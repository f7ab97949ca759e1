#include "base/utf8.h"
#include "source/form.h"
#include "source/form_pairs.h"
#include "source/json_form.h"
#include "source/media_type.h"

namespace postern {
namespace {

// PHP's way with names, which integrators' code counts on: blanks in front go, `name[…]` is a list called `name`.
Field make_field(std::string name, std::string value) {
  const std::size_t begin = name.find_first_not_of(' ');
  name.erase(0, std::min(begin, name.size()));
  const std::size_t bracket = name.find('[');
  if (bracket != std::string::npos && bracket > 0) {
    name.resize(bracket);
    return {utf8::sanitized(name), {}, Field::Kind::structured};
  }
  Field field{std::move(name), std::move(value), Field::Kind::text};
  if (!utf8::is_valid(field.name)) field.name = utf8::sanitized(field.name);
  if (!utf8::is_valid(field.value)) field.value = utf8::sanitized(field.value);
  return field;
}

// The fields of each kind of form, with PHP's way with names. Nearly all requests are urlencoded: their pairs are not
// gathered first.
DecodedForm form_of_urlencoded(std::string_view body, const FormLimits& limits) {
  DecodedForm out;
  out.fields.reserve(8);
  out.rejection = each_decoded_pair(body, limits, [&](std::string name, std::string value) {
    out.fields.push_back(make_field(std::move(name), std::move(value)));
  });
  return out;
}

DecodedForm form_of(FormPairs pairs) {
  DecodedForm out;
  out.rejection = std::move(pairs.rejection);
  out.fields.reserve(pairs.pairs.size());
  for (auto& [name, value] : pairs.pairs) out.fields.push_back(make_field(std::move(name), std::move(value)));
  return out;
}

Rejection unsupported_type() {
  return {415, "unsupported_media_type",
          "The Content-Type is missing or not one that is understood. Send application/json, "
          "application/x-www-form-urlencoded or multipart/form-data."};
}

}  // namespace

Rejection too_many_fields(std::size_t limit) {
  return {
      400, "too_many_fields",
      "The body has more than " + std::to_string(limit) + " fields (limits.fields). Send only those that are needed."};
}

DecodedForm decode_form(std::string_view content_type, std::string_view content_encoding, std::string_view body,
                        const FormLimits& limits) {
  if (!content_encoding.empty() && !http::iequals(content_encoding, "identity")) {
    return {{}, Rejection{415, "unsupported_encoding", "The body is compressed. Send it without Content-Encoding."}};
  }
  const MediaType type = parse_media_type(content_type);
  const BodyFormat format = format_of(type);
  if (body.empty() && (format != BodyFormat::unknown || content_type.empty())) {
    return {
        {},
        Rejection{400, "missing_email", "The request has no body. Send at least the field 'email' with an address."}};
  }
  switch (format) {
    case BodyFormat::urlencoded:
      return form_of_urlencoded(body, limits);
    case BodyFormat::multipart:
      return form_of(multipart_pairs(body, type, limits));
    case BodyFormat::json:
      return decode_json(body, limits);
    case BodyFormat::unknown:
      break;
  }
  return {{}, unsupported_type()};
}

}  // namespace postern
