// Searching the delivery log, and the table that finds a person's deliveries.
//
// delivery_people is filled in segments: a portion of the log, sorted by person, is appended at once. Appending costs
// a fraction of what an index kept row by row costs, because no page is touched at random; a search looks into each
// segment, newest first, and at the rows that are in none yet.
#include "base/ascii.h"
#include "store/sqlite/delivery_rows.h"
#include "store/sqlite/many_rows.h"
#include "store/sqlite/store_parts.h"

#include <algorithm>

namespace postern {

using sqlite::Connection;
using sqlite::Query;

namespace {

// What looking into a segment costs, in rows looked at.
constexpr std::size_t kSegmentCost = 4;

// 32 bits of FNV-1a: different addresses may share one, so what is found is compared.
// Source: https://www.ietf.org/archive/id/draft-eastlake-fnv-21.html
std::int64_t person_of(std::string_view email) {
  std::uint32_t hash = 2166136261U;
  for (const char c : email) hash = (hash ^ static_cast<unsigned char>(ascii_lower(c))) * 16777619U;
  return static_cast<std::int32_t>(hash);
}

Result<std::int64_t> newest_segment(Connection& db) {
  return db.number("SELECT ifnull(max(segment), 0) FROM delivery_people");
}

// One call of search(). The statements read columns in the order of kDeliveryColumns.
class Search {
 public:
  Search(Connection& db, const DeliveryQuery& query)
      : db_(db),
        query_(query),
        filter_(query),
        ascending_(filter_.ascending()),
        low_(filter_.low()),
        high_(filter_.high()),
        fill_(query) {}

  Result<DeliveryPage> run() {
    if (query_.limit == 0) return fill_.take();
    if (!query_.email_key.empty() && !ascending_) {
      TRY(by_person());
    } else if (query_.status && *query_.status != DeliveryStatus::processed) {
      TRY(by_status());
    } else if (query_.webhook) {
      TRY(by_webhook());
    } else {
      TRY(by_number(low_));
    }
    return fill_.take();
  }

 private:
  // Looks at the rows of `q` in turn. False: the page is full or enough was looked at; where to go on is set.
  Result<bool> scan(Query& q) {
    std::int64_t last = 0;
    while (TRY(q.step())) {
      if (fill_.full()) {
        fill_.stop_at(last);
        return false;
      }
      last = q.integer(0);
      look_at(q);
    }
    return true;
  }

  void look_at(const Query& row) {
    fill_.examine();
    if (filter_.matches(row)) fill_.add(read_delivery(row));
  }

  Result<bool> by_number(std::int64_t low) {
    static const std::string sql =
        "SELECT " + kDeliveryColumns + " FROM deliveries WHERE id > ?1 AND id < ?2 ORDER BY id ";
    static const std::string down = sql + "DESC";
    static const std::string up = sql + "ASC";
    Query q = db_.query(ascending_ ? up.c_str() : down.c_str());
    q.bind(low).bind(high_);
    return scan(q);
  }

  Result<bool> by_webhook() {
    static const std::string sql = "SELECT " + kDeliveryColumns +
                                   " FROM deliveries INDEXED BY deliveries_by_webhook"
                                   " WHERE webhook_id = ?3 AND id > ?1 AND id < ?2 ORDER BY id ";
    static const std::string down = sql + "DESC";
    static const std::string up = sql + "ASC";
    Query q = db_.query(ascending_ ? up.c_str() : down.c_str());
    q.bind(low_).bind(high_).bind(query_.webhook->value);
    return scan(q);
  }

  Result<bool> by_status() {
    static const std::string sql = "SELECT " + kDeliveryColumns +
                                   " FROM deliveries INDEXED BY deliveries_by_status"
                                   " WHERE status = ?3 AND status <> 0 AND id > ?1 AND id < ?2 ORDER BY id ";
    static const std::string down = sql + "DESC";
    static const std::string up = sql + "ASC";
    Query q = db_.query(ascending_ ? up.c_str() : down.c_str());
    q.bind(low_).bind(high_).bind(static_cast<std::int64_t>(*query_.status));
    return scan(q);
  }

  // First the rows above the newest segment, then segment by segment downwards.
  Result<bool> by_person() {
    const std::int64_t newest = TRY(newest_segment(db_));
    if (high_ > newest && !TRY(by_number(std::max(low_, newest)))) return false;
    std::int64_t segment = newest;
    if (high_ <= newest) {
      Query q = db_.query("SELECT min(segment) FROM delivery_people WHERE segment >= ?1");
      q.bind(high_ - 1);
      if (TRY(q.step())) segment = q.integer(0);
    }
    while (segment > low_) {
      if (fill_.full()) {
        fill_.stop_at(segment + 1);
        return false;
      }
      if (!TRY(in_segment(segment))) return false;
      fill_.examine(kSegmentCost);
      Query q = db_.query("SELECT ifnull(max(segment), 0) FROM delivery_people WHERE segment < ?1");
      q.bind(segment);
      segment = TRY(q.step()) ? q.integer(0) : 0;
    }
    return true;
  }

  Result<bool> in_segment(std::int64_t segment) {
    static const std::string sql = "SELECT " + kDeliveryColumns + " FROM deliveries WHERE id = ?1";
    Query people = db_.query(
        "SELECT delivery_id FROM delivery_people WHERE segment = ?1 AND person = ?2 AND delivery_id > ?3"
        " AND delivery_id < ?4 ORDER BY delivery_id DESC");
    people.bind(segment).bind(person_of(query_.email_key)).bind(low_).bind(high_);
    Query row = db_.query(sql.c_str());
    std::int64_t last = segment + 1;
    while (TRY(people.step())) {
      if (fill_.full()) {
        fill_.stop_at(last);
        return false;
      }
      last = people.integer(0);
      row.bind(last);
      if (TRY(row.step())) {
        look_at(row);
      } else {
        fill_.examine();
      }
      row.reset();
    }
    return true;
  }

  Connection& db_;
  const DeliveryQuery& query_;
  const DeliveryFilter filter_;
  const bool ascending_;
  const std::int64_t low_;  // Both exclusive.
  const std::int64_t high_;
  DeliveryPageFill fill_;
};

struct Entry {
  std::int64_t person = 0;
  std::int64_t delivery = 0;
  auto operator<=>(const Entry&) const = default;
};

}  // namespace

Result<DeliveryPage> SqliteStore::search(const DeliveryQuery& query) {
  return read([&](Connection& db) -> Result<DeliveryPage> {
    TRY(db.query("BEGIN").run());  // One view of the log and of delivery_people.
    Result<DeliveryPage> page = Search(db, query).run();
    TRY(db.query("COMMIT").run());
    return page;
  });
}

Result<bool> SqliteStore::index_portion() {
  const std::int64_t size = parts_->options.people_segment;
  std::int64_t mark = 0;
  std::int64_t last = 0;
  std::vector<Entry> entries;
  const Result<bool> enough = read([&](Connection& db) -> Result<bool> {
    mark = TRY(newest_segment(db));
    Query q = db.query("SELECT id, email FROM deliveries WHERE id > ?1 ORDER BY id LIMIT ?2");
    q.bind(mark).bind(size);
    std::int64_t rows = 0;
    for (; TRY(q.step()); ++rows) {
      last = q.integer(0);
      // The last one stands in any case, since it names the segment.
      if (!q.is_null(1) || rows + 1 == size) entries.push_back({person_of(q.text(1)), last});
    }
    return rows == size;
  });
  if (!enough) return enough.error();
  if (!*enough) return false;
  std::sort(entries.begin(), entries.end());
  return write(false, [&](Connection& db) -> Result<bool> {
    if (TRY(newest_segment(db)) != mark) return true;  // Another process was faster.
    static const sqlite::ManyRows<64> statement("delivery_people(segment, person, delivery_id)", "(?,?,?)");
    const auto bind = [&](Query& q, const Entry& each, std::size_t /*place*/) {
      q.bind(last).bind(each.person).bind(each.delivery);
    };
    TRY(statement.insert(db, std::span<const Entry>(entries), bind));
    return true;
  });
}

namespace {

// Drops what is held for a person; its rows say so, and count as what they are now.
Result<void> drop_held(Connection& db, std::string_view email_key) {
  Query held = db.query(
      "SELECT d.id, d.webhook_id, d.received_at FROM held_requests h JOIN deliveries d ON d.id = h.delivery_id"
      " WHERE h.email_key = ?1");
  held.bind(email_key);
  Query row = db.query("UPDATE deliveries SET status = ?2, code = ?3, message = ?4 WHERE id = ?1");
  Query count = db.query(
      "INSERT INTO delivery_counts(hour, webhook_id, status, n, new_users) VALUES(?1, ?2, ?3, ?4, 0)"
      " ON CONFLICT DO UPDATE SET n = n + excluded.n");
  constexpr auto kHeld = static_cast<std::int64_t>(DeliveryStatus::held);
  constexpr auto kRejected = static_cast<std::int64_t>(DeliveryStatus::rejected);
  while (TRY(held.step())) {
    row.bind(held.integer(0)).bind(kRejected).bind(kPersonErased).bind(kPersonErasedMessage);
    TRY(row.run());
    const WallTime received_at{std::chrono::milliseconds{held.integer(2)}};
    const std::int64_t hour = hours_since_1970(received_at);
    for (const auto& [status, by] : {std::pair{kHeld, -1}, std::pair{kRejected, 1}}) {
      count.bind(hour).bind(held.integer(1)).bind(status).bind(by);
      TRY(count.run());
    }
  }
  held.reset();
  Query drop = db.query("DELETE FROM held_requests WHERE email_key = ?1");
  drop.bind(email_key);
  return drop.run();
}

}  // namespace

Result<EraseProgress> SqliteStore::erase_person(std::string_view email_key, std::optional<DeliveryId> before,
                                                std::size_t batch) {
  const DeliveryPage page = TRY(search(deliveries_of(email_key, before, batch)));
  EraseProgress progress{page.deliveries.size(), page.next};
  const bool held = TRY(read([&](Connection& db) -> Result<bool> {
    Query q = db.query("SELECT 1 FROM held_requests WHERE email_key = ?1");
    q.bind(email_key);
    return q.step();
  }));
  if (page.deliveries.empty() && !held) return progress;
  return write(false, [&](Connection& db) -> Result<EraseProgress> {
    if (held) TRY(drop_held(db, email_key));
    Query entry = db.query(
        "DELETE FROM delivery_people WHERE segment = (SELECT min(segment) FROM delivery_people WHERE segment >= ?1)"
        " AND person = ?2 AND delivery_id = ?1 AND segment <> ?1");
    Query row = db.query(
        "UPDATE deliveries SET email = NULL, payload = NULL, payload_complete = 0, remote_ip = NULL, scripts = NULL,"
        " request_head = NULL"
        " WHERE id = ?1");
    for (const Delivery& each : page.deliveries) {
      entry.bind(each.id.value).bind(person_of(email_key));
      TRY(entry.run());
      row.bind(each.id.value);
      TRY(row.run());
    }
    return progress;
  });
}

}  // namespace postern
