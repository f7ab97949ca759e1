// What comes in at webhooks and what waits there, for the admin API, its pages and the command line alike.
#pragma once

#include "model/delivery.h"
#include "store/store.h"

#include <boost/json/object.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <optional>

namespace postern {

// Deliveries by status, in the order of DeliveryStatus. One that was held counts as what became of it.
using StatusCounts = std::array<std::int64_t, kDeliveryStatuses.size()>;
std::int64_t count_of(const StatusCounts& counts, DeliveryStatus status);

// Requests that are held now, however long ago they came.
struct HeldNow {
  std::int64_t requests = 0;
  std::int64_t bytes = 0;  // As they are kept, sealed: what limits.held_bytes bounds.
  WallTime since{};        // When the oldest came.
  bool operator==(const HeldNow&) const = default;
};

// Of one webhook.
struct WebhookNumbers {
  static constexpr std::size_t kHours = 24;
  StatusCounts day{};
  StatusCounts week{};
  std::array<std::int64_t, kHours> hours{};  // Those of `day`, oldest first.
  std::optional<WallTime> last;              // When its newest delivery came.
  std::optional<HeldNow> held;               // Nothing: none is held.
};

// The numbers of all webhooks at one time. A value. Day and week are the last 24 and 168 hours of the clock, the one
// that has begun included. Counted is what has left a row, whether or not it is still in the log; of what an allow-list
// or a rate limit turns away only some does, see pipeline/protection_check.h.
class WebhookActivity {
 public:
  // Errors: those of the store.
  static Result<WebhookActivity> load(Store& store, WallTime now);

  WebhookNumbers of(WebhookId webhook) const;
  // When day and week began.
  WallTime day_since() const { return day_since_; }
  WallTime week_since() const { return week_since_; }

  // "day", "day_since", "week", "week_since", "hours", "last_delivery_at", "held".
  boost::json::object json(WebhookId webhook) const;

 private:
  WallTime day_since_{};
  WallTime week_since_{};
  std::map<WebhookId, WebhookNumbers> numbers_;
};

}  // namespace postern
