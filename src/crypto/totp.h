// Time-based one-time passwords, as every authenticator app makes them: SHA-1, 6 digits, steps of 30 seconds.
// Source: RFC 6238, RFC 4226.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postern {

// 160 bits, in base 32.
Secret make_totp_secret(Random& random);

// The number of the step that `now` lies in.
std::int64_t totp_step(WallTime now);

// The code of a step. `key` is not in base 32.
std::string totp_code(std::string_view key, std::int64_t step, unsigned digits = 6);

// The step that `code` belongs to, out of the one of `now` and its two neighbours. Nothing if it is none of them.
// Whether the step has been used before is for the store to say. `secret` as made by make_totp_secret().
std::optional<std::int64_t> match_totp(const Secret& secret, std::string_view code, WallTime now);

// What is shown as a QR code. Source: https://github.com/google/google-authenticator/wiki/Key-Uri-Format
std::string totp_uri(const Secret& secret, std::string_view account);

}  // namespace postern
