// Rate limits as people write and read them.
#pragma once

#include "model/webhook.h"

#include <optional>
#include <string>
#include <string_view>

namespace postern {

// "600/m", "600/m:50" (at most 50 at once), "none". Nothing for anything else, or for more than kMaxRate.
std::optional<RateLimit> parse_rate(std::string_view text);

// "600 a minute, at most 50 at once"; "no limit".
std::string rate_in_words(const RateLimit& rate);

}  // namespace postern
