// The part of the store port that reads and trims the delivery log.
#pragma once

#include "base/result.h"
#include "model/delivery.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// Which deliveries; what is empty does not restrict.
struct DeliveryQuery {
  std::optional<WebhookId> webhook;
  std::optional<DeliveryStatus> status;
  std::string email_key;  // The address, compared as identity/email.h says.
  std::optional<WallTime> since;
  std::optional<WallTime> until;     // Exclusive.
  std::string text;                  // In e-mail, message, code, event or payload; ASCII case ignored.
  bool text_in_payload = true;       // False for who may not see payloads: a search must not tell what is in them.
  std::optional<DeliveryId> before;  // Only older ones: the next page.
  std::optional<DeliveryId> after;   // Only newer ones, oldest first: following the log.
  std::size_t limit = 50;
  std::size_t max_examined = 50'000;  // Rows looked at by one call of search().
};

// What one call of search() found.
struct DeliveryPage {
  std::vector<Delivery> deliveries;
  std::optional<DeliveryId> next;            // There may be more: go on with it as `before` (or `after`).
  std::optional<WallTime> searched_back_to;  // The search stopped here because it had looked at enough rows.
};

// So many deliveries of one webhook with one status, received between `from` and one bucket later.
struct DeliveryCount {
  WallTime from{};
  WebhookId webhook;
  DeliveryStatus status = DeliveryStatus::processed;
  std::int64_t deliveries = 0;
  std::int64_t new_users = 0;  // Created by them.
  bool operator==(const DeliveryCount&) const = default;
};

inline constexpr std::chrono::hours kDeliveryCountsAreKept{24 * 35};

// Code and message of a delivery that was held for a person who has been erased.
inline constexpr std::string_view kPersonErased = "person_erased";
inline constexpr std::string_view kPersonErasedMessage =
    "The person was erased while the request was held; nothing was changed.";

struct EraseProgress {
  std::size_t erased = 0;
  std::optional<DeliveryId> next;  // Go on with it as `before`; empty: done.
};

// All deliveries of a person, newest first.
DeliveryQuery deliveries_of(std::string_view email_key, std::optional<DeliveryId> before, std::size_t limit);

struct Retention {
  std::chrono::hours keep_for{24 * 30};
  std::int64_t keep_rows = 1'000'000;
  std::chrono::hours keep_repeat_keys_for{24 * 30};
};

// Any thread. Errors of all: unavailable, internal.
class DeliveryLog {
 public:
  virtual ~DeliveryLog() = default;
  // One page: newest first; oldest first when `after` is given. Looks at a bounded number of rows, so that a page may
  // be short, or empty, and still have a `next`.
  virtual Result<DeliveryPage> search(const DeliveryQuery& query) = 0;
  // The same to its end: goes on until `query.limit` are found or there are no more.
  Result<std::vector<Delivery>> deliveries(const DeliveryQuery& query);
  virtual Result<std::optional<Delivery>> find_delivery(DeliveryId id) = 0;
  // Deletes at most `batch` rows that the retention does not keep, in a transaction of its own, and returns how
  // many went. Call again until it returns 0; small batches let deliveries in between.
  virtual Result<std::size_t> trim(const Retention& retention, WallTime now, std::size_t batch) = 0;
  // Brings what makes search() fast up to date by one portion, in a transaction of its own. False: there was nothing to
  // do. search() finds everything without it, only slower.
  virtual Result<bool> index_portion() = 0;

  // Counted when they were written, also those that have left the log since; kept for kDeliveryCountsAreKept. `bucket`
  // is 1 h or 24 h; by time, then webhook, then status. Buckets that begin before `since` are left out.
  virtual Result<std::vector<DeliveryCount>> delivery_counts(WallTime since, std::chrono::hours bucket) = 0;
  // When each webhook got its newest delivery; those without one are left out.
  virtual Result<std::map<WebhookId, WallTime>> last_deliveries() = 0;

  // Blanks e-mail, payload and remote address of a person's deliveries; at most `batch` of them, in a transaction of
  // its own. What is held for the person is dropped at once, and its deliveries become rejected.
  virtual Result<EraseProgress> erase_person(std::string_view email_key, std::optional<DeliveryId> before,
                                             std::size_t batch) = 0;
};

}  // namespace postern
