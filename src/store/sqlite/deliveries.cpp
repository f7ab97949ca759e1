// The delivery log: single rows, counts, and trimming.
#include "store/sqlite/delivery_rows.h"
#include "store/sqlite/store_parts.h"

namespace postern {

using sqlite::Connection;
using sqlite::Query;

Result<std::optional<Delivery>> SqliteStore::find_delivery(DeliveryId id) {
  static const std::string sql = "SELECT " + kDeliveryColumns + " FROM deliveries WHERE id = ?1";
  return read([&](Connection& db) -> Result<std::optional<Delivery>> {
    Query q = db.query(sql.c_str());
    q.bind(id.value);
    if (!TRY(q.step())) return std::optional<Delivery>();
    return std::optional<Delivery>(read_delivery(q));
  });
}

Result<std::size_t> SqliteStore::trim(const Retention& retention, WallTime now, std::size_t batch) {
  const DeliveryId oldest = delivery_id_at(now - retention.keep_for);
  const DeliveryId oldest_repeat = delivery_id_at(now - retention.keep_repeat_keys_for);
  const std::int64_t oldest_count = hours_since_1970(now - kDeliveryCountsAreKept);
  // Look first, without the write lock: mostly there is nothing to do.
  const Result<bool> needed = read([&](Connection& db) -> Result<bool> {
    if (TRY(db.number("SELECT rows FROM delivery_count")) > retention.keep_rows) return true;
    const std::int64_t first = TRY(db.number("SELECT ifnull(min(id), 9223372036854775807) FROM deliveries"));
    if (first < oldest.value) return true;
    if (TRY(db.number("SELECT ifnull(min(segment), 9223372036854775807) FROM delivery_people")) < first) return true;
    if (TRY(db.number("SELECT ifnull(min(hour), 9223372036854775807) FROM delivery_counts")) < oldest_count)
      return true;
    for (const char* oldest_of : {"SELECT ifnull(min(delivery_id), 9223372036854775807) FROM repeat_keys",
                                  "SELECT ifnull(min(delivery_id), 9223372036854775807) FROM sender_orders"}) {
      if (TRY(db.number(oldest_of)) < oldest_repeat.value) return true;
    }
    return false;
  });
  if (!needed) return needed.error();
  if (!*needed) return std::size_t{0};
  return write(false, [&](Connection& db) -> Result<std::size_t> {
    const std::int64_t surplus = TRY(db.number("SELECT rows FROM delivery_count")) - retention.keep_rows;
    const auto limit = static_cast<std::int64_t>(batch);
    std::int64_t gone = 0;
    const auto remove = [&](const char* sql, std::int64_t bound, std::int64_t most) -> Result<std::int64_t> {
      Query q = db.query(sql);
      q.bind(bound).bind(most);
      TRY(q.run());
      return sqlite3_changes64(db.handle());
    };
    gone =
        TRY(remove("DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE id < ?1 ORDER BY id LIMIT ?2)",
                   oldest.value, limit));
    if (gone < limit && surplus > gone) {
      gone += TRY(
          remove("DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE id < ?1 ORDER BY id LIMIT ?2)",
                 INT64_MAX, std::min(surplus - gone, limit - gone)));
    }
    Query count = db.query("UPDATE delivery_count SET rows = rows - ?1");
    count.bind(gone);
    TRY(count.run());
    const std::int64_t keys =
        TRY(remove("DELETE FROM repeat_keys WHERE (webhook_id, hash) IN (SELECT webhook_id, hash FROM"
                   " repeat_keys WHERE delivery_id < ?1 ORDER BY delivery_id LIMIT ?2)",
                   oldest_repeat.value, limit));
    const std::int64_t orders = TRY(
        remove("DELETE FROM sender_orders WHERE (webhook_id, email_key, reference) IN (SELECT webhook_id, email_key,"
               " reference FROM sender_orders WHERE delivery_id < ?1 ORDER BY delivery_id LIMIT ?2)",
               oldest_repeat.value, limit));
    // Segments of which nothing is left in the log.
    const std::int64_t first = TRY(db.number("SELECT ifnull(min(id), 9223372036854775807) FROM deliveries"));
    const std::int64_t people = TRY(
        remove("DELETE FROM delivery_people WHERE (segment, person, delivery_id) IN (SELECT segment, person,"
               " delivery_id FROM delivery_people WHERE segment < ?1 ORDER BY segment, person, delivery_id LIMIT ?2)",
               first, limit));
    Query counts = db.query("DELETE FROM delivery_counts WHERE hour < ?1");
    counts.bind(oldest_count);
    TRY(counts.run());
    return static_cast<std::size_t>(gone + keys + orders + people);
  });
}

Result<std::vector<DeliveryCount>> SqliteStore::delivery_counts(WallTime since, std::chrono::hours bucket) {
  return read([&](Connection& db) -> Result<std::vector<DeliveryCount>> {
    Query q = db.query(
        "SELECT hour / ?2 * ?2, webhook_id, status, sum(n), sum(new_users) FROM delivery_counts WHERE hour >= ?1"
        " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3");
    q.bind(first_bucket(since, bucket)).bind(bucket.count());
    std::vector<DeliveryCount> out;
    while (TRY(q.step())) out.push_back(read_delivery_count(q));
    return out;
  });
}

Result<std::map<WebhookId, WallTime>> SqliteStore::last_deliveries() {
  return read([](Connection& db) -> Result<std::map<WebhookId, WallTime>> {
    Query q = db.query(
        "SELECT w.id, (SELECT d.received_at FROM deliveries d WHERE d.webhook_id = w.id ORDER BY d.id DESC LIMIT 1)"
        " FROM webhooks w");
    std::map<WebhookId, WallTime> out;
    while (TRY(q.step())) {
      if (!q.is_null(1)) out[{q.integer(0)}] = WallTime{std::chrono::milliseconds{q.integer(1)}};
    }
    return out;
  });
}

}  // namespace postern
