#include "base/utf8.h"
#include "source/form.h"
#include "source/json_form.h"
#include "source/media_type.h"
#include "source/multipart.h"
#include "source/urlencoded.h"

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

DecodedForm decode_urlencoded(std::string_view body, const FormLimits& limits) {
  DecodedForm out;
  out.fields.reserve(8);
  each_pair(body, [&](std::string_view name, std::string_view value) {
    if (out.fields.size() == limits.max_fields) {
      out.rejection = too_many_fields(limits.max_fields);
      return false;
    }
    out.fields.push_back(make_field(form_decode(name), form_decode(value)));
    return true;
  });
  return out;
}

std::string_view reason(Multipart::Error error) {
  switch (error) {
    case Multipart::Error::bad_boundary:
      return "The Content-Type names no usable boundary. Let your HTTP library set the header for multipart forms.";
    case Multipart::Error::malformed:
      return "A part of the multipart body is malformed. Check how the form is built.";
    case Multipart::Error::not_closed:
      return "The multipart body has no closing delimiter; it may have been cut off on the way. Send it again.";
    case Multipart::Error::head_too_large:
      return "The head of a multipart part is too large.";
    case Multipart::Error::none:
    case Multipart::Error::too_many_parts:
      break;
  }
  return "";
}

DecodedForm decode_multipart(std::string_view body, const MediaType& type, const FormLimits& limits) {
  DecodedForm out;
  const MultipartLimits multipart_limits{limits.max_fields, limits.max_part_head_bytes};
  Multipart multipart = parse_multipart(body, type.boundary.value_or(""), multipart_limits);
  if (multipart.error == Multipart::Error::too_many_parts) {
    out.rejection = too_many_fields(limits.max_fields);
  } else if (multipart.error != Multipart::Error::none) {
    out.rejection = Rejection{400, "malformed_body", std::string(reason(multipart.error))};
  }
  if (out.rejection) return out;
  out.fields.reserve(multipart.parts.size());
  for (Part& part : multipart.parts) {
    if (!part.is_file) out.fields.push_back(make_field(std::move(part.name), std::string(part.data)));
  }
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
      return decode_urlencoded(body, limits);
    case BodyFormat::multipart:
      return decode_multipart(body, type, limits);
    case BodyFormat::json:
      return decode_json(body, limits);
    case BodyFormat::unknown:
      break;
  }
  return {{}, unsupported_type()};
}

}  // namespace postern
