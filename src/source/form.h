// The fields of a request body, whatever its encoding, and the `form` source: the default dialect.
#pragma once

#include "base/result.h"
#include "http/message.h"
#include "model/event.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern {

// Why a delivery is refused: one row of the table in docs/http.md.
struct Rejection {
  int status = 400;
  std::string_view code;        // A literal: missing_email, invalid_email, malformed_body, invalid_field, …
  std::string message;          // What happened, why, what to do. Never repeats a secret.
  int retry_after_seconds = 0;  // When it makes sense to send again; 0: as usual for the status.
};

// One field, name and value decoded to valid UTF-8.
struct Field {
  // text: a form value or a JSON string. scalar: a JSON number or boolean, as text. structured: a list or map
  // (email[]=…, a JSON array or object).
  enum class Kind { text, scalar, structured };
  std::string name;
  std::string value;  // Empty for a structured field.
  Kind kind = Kind::text;
};

struct FormLimits {
  std::size_t max_fields = 1000;
  std::size_t max_part_head_bytes = 16 * 1024;
  std::size_t max_json_depth = 32;
  std::size_t max_password_bytes = 4096;
};

Rejection too_many_fields(std::size_t limit);

// Either the fields or the reason why there are none.
struct DecodedForm {
  std::vector<Field> fields;  // In order of arrival; a repeated field stands more than once.
  std::optional<Rejection> rejection;
};

// Decodes urlencoded, multipart and JSON bodies. Never throws, never reads outside `body`.
// Sources: RFC 7578, RFC 2046 §5.1, WHATWG URL §5.1, RFC 8259; the rules in docs/http.md.
DecodedForm decode_form(std::string_view content_type, std::string_view content_encoding, std::string_view body,
                        const FormLimits& limits);

// Reads the `form` dialect: email (required), first_name, last_name, user_login, user_pass / user_password.
// The last of several equal fields counts. Pure.
struct FormEvent {
  Event event;
  std::string email_as_sent;  // For the log, also when it is not valid; at most 254 bytes.
  std::optional<Rejection> rejection;
};
FormEvent read_form(const std::vector<Field>& fields, const FormLimits& limits);

// An address as it may stand in the log although it is none: cut, without control characters.
std::string email_for_the_log(std::string_view email);
// Why `email`, which is not empty, is no address.
Rejection invalid_email(std::string_view email);

// The body as it may be stored: values of fields whose name looks like a secret (password, token, card …) are
// replaced by "[redacted]", everything else byte for byte. A body that cannot be decoded is not kept at all.
struct RedactedPayload {
  std::string text;
  bool complete = true;  // False: cut to `max_bytes`, or not kept.
};
// `also`: a field that is one too, whatever its name; empty: none.
RedactedPayload redact(std::string_view content_type, std::string_view body, const FormLimits& limits,
                       std::size_t max_bytes, std::string_view also = {});

}  // namespace postern
