// Times as text.
#pragma once

#include "base/clock.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace postern {

// "2026-03-01T09:30:00.123Z". Source: RFC 3339.
std::string to_rfc3339(WallTime time);

// Accepts RFC 3339 with 'Z' or an offset, with or without fraction, and a bare date ("2026-03-01", midnight UTC).
std::optional<WallTime> parse_time(std::string_view text);

// Accepts "90s", "15m", "24h", "30d", "2w". Nothing for anything else, or for more than 100 years.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace postern
