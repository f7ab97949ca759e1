// Bodies of any kind: no crash, only valid UTF-8 comes out, and no secret survives redaction. The first line of the
// input is the Content-Type.
#include "base/check.h"
#include "base/utf8.h"
#include "source/form.h"
#include "source/secret_names.h"

#include <cstdint>
#include <string_view>

using namespace postern;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(text.find('\n'), size);
  const std::string_view content_type = text.substr(0, line);
  const std::string_view body = text.substr(std::min(line + 1, size));
  const FormLimits limits;
  const DecodedForm form = decode_form(content_type, "", body, limits);
  CHECK(form.fields.size() <= limits.max_fields);  // Else: more fields than allowed.
  for (const Field& field : form.fields) {
    CHECK(utf8::is_valid(field.name) && utf8::is_valid(field.value));  // Else: a field is no valid UTF-8.
  }
  if (!form.rejection) {
    const FormEvent event = read_form(form.fields, limits);
    CHECK(event.rejection || !event.event.email.empty());  // Else: neither an event nor a rejection.
  }
  const RedactedPayload kept = redact(content_type, body, {}, 1U << 20U);
  const DecodedForm again = decode_form(content_type, "", kept.text, limits);
  for (const Field& field : again.fields) {
    const bool hidden = field.value.empty() || field.value == "[redacted]" || field.kind != Field::Kind::text;
    CHECK(!is_secret_name(field.name) || hidden);  // Else: a secret survives redaction.
  }
  return 0;
}
