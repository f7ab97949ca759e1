// Searching the delivery log: first the numbers along an index, with the server's word on which rows may be meant, then
// the rows that are. Payloads of rows that are not meant never leave the server.
#include "store/delivery_rows.h"
#include "store/mariadb/lists.h"
#include "store/wordpress/log_rows.h"
#include "store/wordpress/wordpress_log.h"

#include <algorithm>

namespace postern::wordpress {

using mariadb::Connection;
using mariadb::Query;
using mariadb::TableNames;

namespace {

// Numbers that come with one statement: as many as the page wants, then four times as many each time.
constexpr std::size_t kMostNumbers = 4096;
constexpr std::size_t kMostTexts = 512;  // If the server must read their texts.
constexpr std::size_t kRowsAtOnce = 64;  // With their payloads.

// The index that is followed, and the condition on its first column.
struct Path {
  std::string_view index;
  std::string_view condition;
};

// Whether column `name` holds the bytes of the parameter, ASCII case ignored. This collation takes some other letters
// for equal as well: DeliveryFilter has the last word.
std::string holds(std::string_view name) {
  return "locate(CONVERT(CAST(? AS BINARY) USING latin1) COLLATE latin1_swedish_ci, CONVERT(" + std::string(name) +
         " USING latin1) COLLATE latin1_swedish_ci) > 0";
}

// One call of search().
class LogSearch {
 public:
  LogSearch(Connection& db, const TableNames& tables, const DeliveryQuery& query)
      : db_(db), tables_(tables), query_(query), filter_(query), fill_(query), sql_(statement()) {}

  Result<DeliveryPage> run() {
    if (query_.limit == 0) return fill_.take();
    const std::size_t most = query_.text.empty() ? kMostNumbers : kMostTexts;
    std::int64_t last = 0;
    for (std::size_t portion = query_.limit; !stopped_; portion *= 4) {
      // One more than is looked at tells whether there are more.
      const std::size_t wanted = std::min({portion, most, fill_.left_to_examine()}) + 1;
      const std::vector<Number> numbers = TRY(read_numbers(last, wanted));
      TRY(walk(numbers, last));
      if (numbers.size() < wanted) break;
      portion = std::min(portion, most);
    }
    return fill_.take();
  }

 private:
  struct Number {
    std::int64_t id = 0;
    bool may_match = false;
  };

  Path path() const {
    if (!query_.email_key.empty()) return {"by_email", "email_key = ? AND "};
    if (query_.status && *query_.status != DeliveryStatus::processed) return {"by_status", "status = ? AND "};
    if (query_.webhook) return {"by_webhook", "webhook_id = ? AND "};
    return {"PRIMARY", ""};
  }

  // The same text for all queries that follow the same index and look for text in the same columns.
  std::string statement() const {
    std::string sql =
        "SELECT id, webhook_id = ifnull(?, webhook_id) AND status = ifnull(?, status) AND received_at >= ?"
        " AND received_at < ?";
    if (!query_.text.empty()) {
      sql += " AND (" + holds("email") + " OR " + holds("message") + " OR " + holds("code") + " OR " + holds("event");
      if (query_.text_in_payload) sql += " OR " + holds("payload");
      sql += ")";
    }
    const Path along = path();
    sql += tables_.sql(" FROM {deliveries} FORCE INDEX (") + std::string(along.index) + ") WHERE ";
    sql += std::string(along.condition) + "id > ? AND id < ? ORDER BY id " + (filter_.ascending() ? "ASC" : "DESC");
    return sql + " LIMIT ?";
  }

  static void bind_or_null(Query& q, const std::optional<std::int64_t>& value) {
    if (value) {
      q.bind(*value);
    } else {
      q.bind_null();
    }
  }

  // Those behind `last`, 0: from the beginning.
  Result<std::vector<Number>> read_numbers(std::int64_t last, std::size_t portion) {
    Query q = db_.query(sql_);
    bind_or_null(q, query_.webhook ? std::optional(query_.webhook->value) : std::nullopt);
    bind_or_null(q, query_.status ? std::optional(static_cast<std::int64_t>(*query_.status)) : std::nullopt);
    q.bind(query_.since ? query_.since->time_since_epoch().count() : INT64_MIN);
    q.bind(query_.until ? query_.until->time_since_epoch().count() : INT64_MAX);
    if (!query_.text.empty()) {
      for (int columns = query_.text_in_payload ? 5 : 4; columns > 0; --columns) q.bind(query_.text);
    }
    const std::string_view index = path().index;
    if (index == "by_email") q.bind(indexed_email(query_.email_key));
    if (index == "by_status") q.bind(static_cast<std::int64_t>(*query_.status));
    if (index == "by_webhook") q.bind(query_.webhook->value);
    const bool begins = last == 0;
    q.bind(filter_.ascending() && !begins ? last : filter_.low());
    q.bind(filter_.ascending() || begins ? filter_.high() : last);
    q.bind(static_cast<std::int64_t>(portion));
    std::vector<Number> out;
    while (TRY(q.step())) out.push_back({q.integer(0), q.integer(1) != 0});
    return out;
  }

  // Looks at them in turn; `last` is the last one that was looked at.
  Result<void> walk(const std::vector<Number>& numbers, std::int64_t& last) {
    std::vector<DeliveryId> candidates;
    for (const Number& each : numbers) {
      if (candidates.size() >= std::min(fill_.wanted(), kRowsAtOnce)) TRY(take(candidates));
      if (fill_.full()) {
        TRY(take(candidates));
        stopped_ = true;
        fill_.stop_at(last);
        return {};
      }
      last = each.id;
      fill_.examine();
      if (each.may_match) candidates.push_back({each.id});
    }
    return take(candidates);
  }

  // Adds those that are meant to the page.
  Result<void> take(std::vector<DeliveryId>& candidates) {
    std::vector<Delivery> rows;
    TRY(mariadb::find_matches(
        db_, "SELECT " + kDeliveryColumns + tables_.sql(" FROM {deliveries} WHERE "), "id = ?",
        std::span<const DeliveryId>(candidates), [](Query& q, DeliveryId id) { q.bind(id.value); },
        [&](const Query& row) {
          if (filter_.matches(row)) rows.push_back(read_delivery(row));
        }));
    candidates.clear();
    const bool ascending = filter_.ascending();
    std::sort(rows.begin(), rows.end(),
              [ascending](const Delivery& a, const Delivery& b) { return ascending ? a.id < b.id : b.id < a.id; });
    for (Delivery& each : rows) fill_.add(std::move(each));
    return {};
  }

  Connection& db_;
  const TableNames& tables_;
  const DeliveryQuery& query_;
  const DeliveryFilter filter_;
  DeliveryPageFill fill_;
  const std::string sql_;
  bool stopped_ = false;
};

}  // namespace

Result<DeliveryPage> WordpressLog::search(const DeliveryQuery& query) {
  return pool_.read([&](Connection& db) { return LogSearch(db, tables_, query).run(); });
}

}  // namespace postern::wordpress
