// The delivery log: reading and trimming.
#include "store/sqlite/delivery_rows.h"
#include "store/sqlite/store_parts.h"

namespace postern {

using sqlite::Connection;
using sqlite::Query;

Result<std::vector<Delivery>> SqliteStore::deliveries(const DeliveryQuery& query) {
  // Numbers are ordered by time, so the newest are found at the end and a time is a bound on the number. The other
  // filters look at each row in turn; lower() changes ASCII letters only, as email_key() does.
  static const std::string where =
      "SELECT " + sqlite::kDeliveryColumns +
      " FROM deliveries WHERE id > ?1 AND id < ?2 AND (?3 = 0 OR webhook_id = ?3) AND (?4 < 0 OR status = ?4)"
      " AND (?5 = '' OR lower(email) = ?5) AND received_at >= ?6 ORDER BY id ";
  static const std::string newest_first = where + "DESC LIMIT ?7";
  static const std::string oldest_first = where + "ASC LIMIT ?7";
  return read([&](Connection& db) -> Result<std::vector<Delivery>> {
    const WallTime since = query.since.value_or(WallTime{});
    DeliveryId after = query.after.value_or(DeliveryId{});
    if (query.since) after = std::max(after, DeliveryId{delivery_id_at(since).value - 1});
    constexpr std::int64_t kNoEnd = INT64_MAX;
    Query q = db.query(query.after ? oldest_first.c_str() : newest_first.c_str());
    q.bind(after.value).bind(query.before ? query.before->value : kNoEnd);
    q.bind(query.webhook ? query.webhook->value : 0);
    q.bind(query.status ? static_cast<std::int64_t>(*query.status) : -1).bind(query.email_key);
    q.bind(since.time_since_epoch().count()).bind(static_cast<std::int64_t>(query.limit));
    std::vector<Delivery> out;
    while (TRY(q.step())) out.push_back(sqlite::read_delivery(q));
    return out;
  });
}

Result<std::optional<Delivery>> SqliteStore::find_delivery(DeliveryId id) {
  static const std::string sql = "SELECT " + sqlite::kDeliveryColumns + " FROM deliveries WHERE id = ?1";
  return read([&](Connection& db) -> Result<std::optional<Delivery>> {
    Query q = db.query(sql.c_str());
    q.bind(id.value);
    if (!TRY(q.step())) return std::optional<Delivery>();
    return std::optional<Delivery>(sqlite::read_delivery(q));
  });
}

Result<std::size_t> SqliteStore::trim(const Retention& retention, WallTime now, std::size_t batch) {
  const DeliveryId oldest = delivery_id_at(now - retention.keep_for);
  const DeliveryId oldest_repeat = delivery_id_at(now - retention.keep_repeat_keys_for);
  // Look first, without the write lock: mostly there is nothing to do.
  const Result<bool> needed = read([&](Connection& db) -> Result<bool> {
    if (TRY(db.number("SELECT rows FROM delivery_count")) > retention.keep_rows) return true;
    if (TRY(db.number("SELECT ifnull(min(id), 9223372036854775807) FROM deliveries")) < oldest.value) return true;
    return TRY(db.number("SELECT ifnull(min(delivery_id), 9223372036854775807) FROM repeat_keys")) <
           oldest_repeat.value;
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
    return static_cast<std::size_t>(gone + keys);
  });
}

}  // namespace postern
