// application/json bodies. Source: RFC 8259, strictly.
#pragma once

#include "source/form.h"

#include <optional>

namespace postern {

// The members of the object at the top: strings as text, numbers and booleans as scalars, null left out, lists and
// objects as structured fields without a value.
DecodedForm decode_json(std::string_view body, const FormLimits& limits);

// The same document with the values of secret-looking members replaced, at any depth. Nothing if it cannot be parsed.
// `also`: the name of a secret, beside those that look like one; empty: none.
std::optional<std::string> redact_json(std::string_view body, const FormLimits& limits, std::string_view also = {});

}  // namespace postern
