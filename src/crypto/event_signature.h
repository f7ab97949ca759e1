// Signatures of outgoing events. Source: Standard Webhooks 1.0.0, "Signature scheme" (symmetric).
#pragma once

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace postern {

// "whsec_" and 256 bits from `random` in base64.
Secret make_event_secret(Random& random);

// "v1,<base64>": HMAC-SHA-256 over "<id>.<timestamp>.<body>". `timestamp` in seconds since 1970.
// Errors: invalid (`secret` is not "whsec_" and base64).
Result<std::string> sign_event(const Secret& secret, std::string_view id, std::int64_t timestamp,
                               std::string_view body);

}  // namespace postern
