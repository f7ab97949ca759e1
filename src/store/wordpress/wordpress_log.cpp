#include "store/wordpress/wordpress_log.h"

#include "store/delivery_rows.h"
#include "store/mariadb/lists.h"
#include "store/wordpress/log_rows.h"
#include "store/wordpress/write_lock.h"

#include <algorithm>

namespace postern::wordpress {

using mariadb::Connection;
using mariadb::Query;
using mariadb::TableNames;

namespace {

// The first column of the only row.
Result<std::int64_t> number(Connection& db, const std::string& sql) {
  Query q = db.query(sql);
  TRY(q.step());
  return q.integer(0);
}

// Deletes the rows of `table` whose `column` is below `bound`, the least first: about `most` of them, all with the same
// value in the column together. By the range of an index, so that no other row is locked.
Result<std::int64_t> delete_below(Connection& db, const TableNames& tables, const std::string& table,
                                  const std::string& column, std::int64_t bound, std::int64_t most) {
  std::int64_t last = 0;
  {
    Query q = db.query(tables.sql("SELECT max(t.n) FROM (SELECT " + column + " AS n FROM {" + table + "} WHERE " +
                                  column + " < ? ORDER BY " + column + " LIMIT ?) t"));
    q.bind(bound).bind(most);
    TRY(q.step());
    if (q.is_null(0)) return std::int64_t{0};
    last = q.integer(0);
  }
  Query q = db.query(tables.sql("DELETE FROM {" + table + "} WHERE " + column + " <= ?"));
  q.bind(last);
  TRY(q.run());
  return static_cast<std::int64_t>(db.affected_rows());
}

// Drops what is held for a person; its rows say so, and count as what they are now.
Result<void> drop_held(Connection& db, const TableNames& tables, std::string_view email_key) {
  constexpr auto kHeld = static_cast<std::int64_t>(DeliveryStatus::held);
  constexpr auto kRejected = static_cast<std::int64_t>(DeliveryStatus::rejected);
  for (const auto& [status, by] : {std::pair{kHeld, std::int64_t{-1}}, std::pair{kRejected, std::int64_t{1}}}) {
    Query count =
        db.query(tables.sql("INSERT INTO {delivery_counts} (hour, webhook_id, status, n, new_users)"
                            " SELECT d.received_at DIV 3600000, d.webhook_id, ?, ? * count(*), 0"
                            " FROM {held_requests} h JOIN {deliveries} d ON d.id = h.delivery_id WHERE h.email_key = ?"
                            " GROUP BY d.received_at DIV 3600000, d.webhook_id"
                            " ON DUPLICATE KEY UPDATE n = n + VALUES(n)"));
    count.bind(status).bind(by).bind(email_key);
    TRY(count.run());
  }
  Query rows =
      db.query(tables.sql("UPDATE {held_requests} h JOIN {deliveries} d ON d.id = h.delivery_id"
                          " SET d.status = ?, d.code = ?, d.message = ? WHERE h.email_key = ?"));
  rows.bind(kRejected).bind(kPersonErased).bind(kPersonErasedMessage).bind(email_key);
  TRY(rows.run());
  Query drop = db.query(tables.sql("DELETE FROM {held_requests} WHERE email_key = ?"));
  drop.bind(email_key);
  return drop.run();
}

}  // namespace

Result<std::int64_t> WordpressLog::delivery_count() {
  return pool_.read(
      [&](Connection& db) { return number(db, tables_.sql("SELECT deliveries FROM {catalog} WHERE id = 1")); });
}

Result<std::optional<Delivery>> WordpressLog::find_delivery(DeliveryId id) {
  return pool_.read([&](Connection& db) { return wordpress::find_delivery(db, tables_, id); });
}

// Looks without the write lock: mostly there is nothing to do.
Result<bool> WordpressLog::needs_trim(const Retention& retention, WallTime now) {
  return pool_.read([&](Connection& db) -> Result<bool> {
    Query q =
        db.query(tables_.sql("SELECT (SELECT deliveries FROM {catalog} WHERE id = 1) > ?"
                             " OR ifnull((SELECT min(id) FROM {deliveries}) < ?, 0)"
                             " OR ifnull((SELECT min(delivery_id) FROM {repeat_keys}) < ?, 0)"
                             " OR ifnull((SELECT min(delivery_id) FROM {sender_orders}) < ?, 0)"
                             " OR ifnull((SELECT min(hour) FROM {delivery_counts}) < ?, 0)"));
    const std::int64_t oldest_repeat = delivery_id_at(now - retention.keep_repeat_keys_for).value;
    q.bind(retention.keep_rows).bind(delivery_id_at(now - retention.keep_for).value);
    q.bind(oldest_repeat).bind(oldest_repeat).bind(hours_since_1970(now - kDeliveryCountsAreKept));
    TRY(q.step());
    return q.integer(0) != 0;
  });
}

Result<std::size_t> WordpressLog::trim(const Retention& retention, WallTime now, std::size_t batch) {
  if (!TRY(needs_trim(retention, now))) return std::size_t{0};
  const std::int64_t oldest = delivery_id_at(now - retention.keep_for).value;
  const std::int64_t oldest_repeat = delivery_id_at(now - retention.keep_repeat_keys_for).value;
  const auto limit = static_cast<std::int64_t>(batch);
  return pool_.write([&](Connection& db) -> Result<std::size_t> {
    TRY(take_write_lock(db, tables_));
    const std::int64_t rows = TRY(number(db, tables_.sql("SELECT deliveries FROM {catalog} WHERE id = 1")));
    const std::int64_t surplus = rows - retention.keep_rows;
    std::int64_t gone = TRY(delete_below(db, tables_, "deliveries", "id", oldest, limit));
    if (gone < limit && surplus > gone) {
      gone += TRY(delete_below(db, tables_, "deliveries", "id", INT64_MAX, std::min(surplus - gone, limit - gone)));
    }
    Query count = db.query(tables_.sql("UPDATE {catalog} SET deliveries = deliveries - ? WHERE id = 1"));
    count.bind(gone);
    TRY(count.run());
    for (const char* table : {"repeat_keys", "sender_orders"}) {
      gone += TRY(delete_below(db, tables_, table, "delivery_id", oldest_repeat, limit));
    }
    Query counts = db.query(tables_.sql("DELETE FROM {delivery_counts} WHERE hour < ?"));
    counts.bind(hours_since_1970(now - kDeliveryCountsAreKept));
    TRY(counts.run());
    return static_cast<std::size_t>(gone);
  });
}

Result<std::vector<DeliveryCount>> WordpressLog::delivery_counts(WallTime since, std::chrono::hours bucket) {
  return pool_.read([&](Connection& db) -> Result<std::vector<DeliveryCount>> {
    Query q = db.query(
        tables_.sql("SELECT hour DIV ? * ? AS bucket, webhook_id, status, sum(n), sum(new_users) FROM {delivery_counts}"
                    " WHERE hour >= ? GROUP BY bucket, webhook_id, status ORDER BY bucket, webhook_id, status"));
    q.bind(bucket.count()).bind(bucket.count()).bind(first_bucket(since, bucket));
    std::vector<DeliveryCount> out;
    while (TRY(q.step())) out.push_back(read_delivery_count(q));
    return out;
  });
}

Result<std::map<WebhookId, WallTime>> WordpressLog::last_deliveries() {
  return pool_.read([&](Connection& db) -> Result<std::map<WebhookId, WallTime>> {
    Query q = db.query(
        tables_.sql("SELECT d.webhook_id, d.received_at FROM (SELECT max(id) AS id FROM {deliveries} FORCE INDEX"
                    " (by_webhook) GROUP BY webhook_id) newest JOIN {deliveries} d ON d.id = newest.id"));
    std::map<WebhookId, WallTime> out;
    while (TRY(q.step())) out[{q.integer(0)}] = WallTime{std::chrono::milliseconds{q.integer(1)}};
    return out;
  });
}

Result<EraseProgress> WordpressLog::erase_person(std::string_view email_key, std::optional<DeliveryId> before,
                                                 std::size_t batch) {
  const DeliveryPage page = TRY(search(deliveries_of(email_key, before, batch)));
  const EraseProgress progress{page.deliveries.size(), page.next};
  return pool_.write([&](Connection& db) -> Result<EraseProgress> {
    TRY(take_write_lock(db, tables_));
    TRY(drop_held(db, tables_, email_key));
    TRY(mariadb::change_matches(
        db,
        tables_.sql("UPDATE {deliveries} SET email = NULL, email_key = NULL, payload = NULL, payload_complete = 0,"
                    " remote_ip = NULL, scripts = NULL, request_head = NULL WHERE "),
        "id = ?", std::span<const Delivery>(page.deliveries),
        [](Query& q, const Delivery& each) { q.bind(each.id.value); }));
    return progress;
  });
}

Result<std::vector<HeldCount>> WordpressLog::held_counts() {
  return pool_.read([&](Connection& db) -> Result<std::vector<HeldCount>> {
    Query q =
        db.query(tables_.sql("SELECT webhook_id, count(*), sum(bytes), min(delivery_id) FROM {held_requests}"
                             " GROUP BY webhook_id ORDER BY webhook_id"));
    std::vector<HeldCount> out;
    while (TRY(q.step())) out.push_back({{q.integer(0)}, q.integer(1), q.integer(2), {q.integer(3)}});
    return out;
  });
}

// First which ones, by the index alone: all rows of a statement come at once.
Result<std::vector<HeldRow>> WordpressLog::held_after(WebhookId webhook, DeliveryId after, std::size_t limit,
                                                      std::size_t bytes) {
  return pool_.read([&](Connection& db) -> Result<std::vector<HeldRow>> {
    std::int64_t last = after.value;
    {
      Query q =
          db.query(tables_.sql("SELECT delivery_id, bytes FROM {held_requests} WHERE webhook_id = ? AND delivery_id > ?"
                               " ORDER BY delivery_id LIMIT ?"));
      q.bind(webhook.value).bind(after.value).bind(static_cast<std::int64_t>(limit));
      std::size_t taken = 0;
      while (taken < bytes && TRY(q.step())) {
        last = q.integer(0);
        taken += static_cast<std::size_t>(q.integer(1));
      }
    }
    Query q =
        db.query(tables_.sql("SELECT delivery_id, request FROM {held_requests} WHERE webhook_id = ? AND delivery_id > ?"
                             " AND delivery_id <= ? ORDER BY delivery_id"));
    q.bind(webhook.value).bind(after.value).bind(last);
    std::vector<HeldRow> out;
    while (TRY(q.step())) out.push_back({{q.integer(0)}, std::string(q.text(1))});
    return out;
  });
}

}  // namespace postern::wordpress
