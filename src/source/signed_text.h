// What a sender signs: the template `verify.signed` with the request put in.
#pragma once

#include "source/document.h"
#include "source/preset.h"

#include <optional>
#include <string>
#include <string_view>

namespace postern {

struct SignedParts {
  std::string_view time;
  std::string_view id;
};

// Nothing if a field list is needed and the body cannot be read.
std::optional<std::string> signed_text(const Verification& rules, const SignedRequest& request,
                                       const SignedParts& parts, std::string_view secret);

// The fields of a form but for `signature`, sorted by name, as PHP's serialize() writes an array of strings.
// Source: Paddle Classic, "Verifying webhooks"; PHP's serialization format. Lists in the form are refused.
std::optional<std::string> php_sorted_fields(const SignedRequest& request, std::string_view signature);

// Source: ISO 3309, as in zlib.
std::uint32_t crc32(std::string_view text);

}  // namespace postern
