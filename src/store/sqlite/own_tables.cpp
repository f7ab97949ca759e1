// What sql::OwnTables asks of its store.
#include "store/sqlite/sql_connection.h"
#include "store/sqlite/store_parts.h"

namespace postern {

using sqlite::Connection;

Result<void> SqliteStore::in_transaction(sql::Touches touches, const OwnWork& work) {
  const Touches known = touches == sql::Touches::catalog ? Touches::catalog : Touches::nothing_known;
  return write(known, [&](Connection& connection) {
    sqlite::SqlConnection db(connection);
    return work(db);
  });
}

Result<void> SqliteStore::on_reader(const OwnWork& work) {
  return read([&](Connection& connection) {
    sqlite::SqlConnection db(connection);
    return work(db);
  });
}

// Kept by triggers.
Result<OutboxCounts> SqliteStore::outbox_counts() {
  return read([](Connection& db) -> Result<OutboxCounts> {
    sqlite::Query q = db.query("SELECT kind, state, n FROM outbox_counts WHERE n <> 0");
    OutboxCounts out;
    while (TRY(q.step())) {
      out[{static_cast<EffectKind>(q.integer(0)), static_cast<OutboxState>(q.integer(1))}] = q.integer(2);
    }
    return out;
  });
}

}  // namespace postern
