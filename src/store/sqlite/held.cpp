// Requests that are held.
#include "store/sqlite/store_parts.h"

namespace postern {

using sqlite::Connection;
using sqlite::Query;

Result<std::vector<HeldCount>> SqliteStore::held_counts() {
  return read([](Connection& db) -> Result<std::vector<HeldCount>> {
    Query q =
        db.query("SELECT webhook_id, count(*), sum(bytes), min(delivery_id) FROM held_requests GROUP BY 1 ORDER BY 1");
    std::vector<HeldCount> out;
    while (TRY(q.step())) out.push_back({{q.integer(0)}, q.integer(1), q.integer(2), {q.integer(3)}});
    return out;
  });
}

Result<std::vector<HeldRow>> SqliteStore::held_after(WebhookId webhook, DeliveryId after, std::size_t limit,
                                                     std::size_t bytes) {
  return read([&](Connection& db) -> Result<std::vector<HeldRow>> {
    Query q = db.query(
        "SELECT delivery_id, request FROM held_requests WHERE webhook_id = ?1 AND delivery_id > ?2"
        " ORDER BY delivery_id LIMIT ?3");
    q.bind(webhook.value).bind(after.value).bind(static_cast<std::int64_t>(limit));
    std::vector<HeldRow> out;
    std::size_t taken = 0;
    while (taken < bytes && TRY(q.step())) {
      out.push_back({{q.integer(0)}, std::string(q.text(1))});
      taken += out.back().request.size();
    }
    return out;
  });
}

}  // namespace postern
