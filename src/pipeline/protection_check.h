// Who may use a webhook's URL, and how often: its allow-list and its rate limits.
#pragma once

#include "base/clock.h"
#include "base/guarded.h"
#include "model/webhook.h"
#include "pipeline/client.h"
#include "pipeline/metrics.h"
#include "pipeline/rate_limiter.h"
#include "source/form.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace postern {

// Any thread; a webhook without protection costs no lock.
// Whoever floods a URL must not push honest rows out of the log: of one webhook and one code kRowsAMinute requests a
// minute leave a row, the others are counted, and the next row says how many there were.
class ProtectionCheck {
 public:
  static constexpr unsigned kRowsAMinute = 10;

  // `metrics` must outlive it. `seed`: see RateLimiter.
  ProtectionCheck(PipelineMetrics& metrics, std::uint64_t seed) : metrics_(metrics), limiter_(seed) {}

  struct Refusal {
    Rejection rejection;
    bool leaves_row = true;
    std::string row_note;  // For the log only: what the message of the row says beyond that of the reply.
  };
  // Nothing: the request may go on. Errors: ip_not_allowed, rate_limited.
  std::optional<Refusal> refuse(const Webhook& webhook, const Client& client, const Clock& clock);

 private:
  struct Rows {
    MonoTime minute_began{};
    unsigned left = 0;          // Rows in this minute.
    std::uint64_t without = 0;  // Requests that left none since the last row …
    WallTime without_since{};   // … and when the first of them came.
  };
  Refusal refusal(const Webhook& webhook, Rejection rejection, const Clock& clock);

  PipelineMetrics& metrics_;
  RateLimiter limiter_;
  Guarded<std::map<std::pair<WebhookId, std::string_view>, Rows>> rows_;  // By webhook and code.
};

}  // namespace postern
