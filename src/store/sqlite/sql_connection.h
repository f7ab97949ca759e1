// SQLite as the statements of store/sql see it.
#pragma once

#include "store/sql/connection.h"
#include "store/sqlite/database.h"

namespace postern::sqlite {

// Costs nothing to make: statements are cached by `connection`, which must outlive it.
class SqlConnection final : public sql::Connection {
 public:
  explicit SqlConnection(sqlite::Connection& connection) : connection_(connection) {}
  sql::Query query(const char* text) override;
  std::int64_t changes() const override { return sqlite3_changes64(connection_.handle()); }
  std::int64_t last_id() const override { return sqlite3_last_insert_rowid(connection_.handle()); }
  // A transaction that writes is the only one.
  Result<void> lock(sql::Lock /*lock*/) override { return {}; }

 private:
  sqlite::Connection& connection_;
};

}  // namespace postern::sqlite
