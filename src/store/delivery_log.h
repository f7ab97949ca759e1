// The part of the store port that reads and trims the delivery log.
#pragma once

#include "base/result.h"
#include "model/delivery.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postern {

// Which deliveries; what is empty does not restrict.
struct DeliveryQuery {
  std::optional<WebhookId> webhook;
  std::optional<DeliveryStatus> status;
  std::string email_key;  // The address, compared as identity/email.h says.
  std::optional<WallTime> since;
  std::optional<DeliveryId> before;  // Only older ones: the next page.
  std::optional<DeliveryId> after;   // Only newer ones, oldest first: following the log.
  std::size_t limit = 50;
};

struct Retention {
  std::chrono::hours keep_for{24 * 30};
  std::int64_t keep_rows = 1'000'000;
  std::chrono::hours keep_repeat_keys_for{24 * 30};
};

// Any thread. Errors of all: unavailable, internal.
class DeliveryLog {
 public:
  virtual ~DeliveryLog() = default;
  // Newest first; oldest first when `after` is given.
  virtual Result<std::vector<Delivery>> deliveries(const DeliveryQuery& query) = 0;
  virtual Result<std::optional<Delivery>> find_delivery(DeliveryId id) = 0;
  // Deletes at most `batch` rows that the retention does not keep, in a transaction of its own, and returns how
  // many went. Call again until it returns 0; small batches let deliveries in between.
  virtual Result<std::size_t> trim(const Retention& retention, WallTime now, std::size_t batch) = 0;
};

}  // namespace postern
