#include "base/utf8.h"
#include "source/form.h"
#include "source/form_pairs.h"
#include "source/json_form.h"
#include "source/media_type.h"

#include <array>

namespace postern {
namespace {

// PHP's way with names, which integrators' code counts on: blanks in front go, `name[…]` is a list called `name`.
Field make_field(std::string&& name, std::string&& value) {
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

// Characters of an urlencoded body that mean themselves, also in a name: most names and values have no other.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x21; c < 0x80; ++c) plain[c] = c != '%' && c != '+' && c != '[';
  return plain;
}();

bool is_plain(std::string_view text) {
  for (const char c : text) {
    if (!kPlain[static_cast<unsigned char>(c)]) return false;
  }
  return true;
}

// The fields of each kind of form, with PHP's way with names. Nearly all requests are urlencoded: their pairs are not
// gathered first.
DecodedForm form_of_urlencoded(std::string_view body, const FormLimits& limits) {
  DecodedForm out;
  out.fields.reserve(8);
  out.rejection = each_pair_within(body, limits, [&](std::string_view name, std::string_view value) {
    if (is_plain(name) && is_plain(value)) {
      Field& field = out.fields.emplace_back();
      field.name = name;
      field.value = value;
    } else {
      out.fields.push_back(make_field(form_decode(name), form_decode(value)));
    }
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
  const BodyFormat format = format_of(content_type);
  if (body.empty() && (format != BodyFormat::unknown || content_type.empty())) {
    return {
        {},
        Rejection{400, "missing_email", "The request has no body. Send at least the field 'email' with an address."}};
  }
  switch (format) {
    case BodyFormat::urlencoded:
      return form_of_urlencoded(body, limits);
    case BodyFormat::multipart:
      return form_of(multipart_pairs(body, parse_media_type(content_type), limits));
    case BodyFormat::json:
      return decode_json(body, limits);
    case BodyFormat::unknown:
      break;
  }
  return {{}, unsupported_type()};
}

}  // namespace postern
