// MariaDB as the statements of store/sql see it.
#pragma once

#include "store/mariadb/database.h"
#include "store/mariadb/sql_texts.h"
#include "store/sql/connection.h"

namespace postern::mariadb {

// Costs nothing to make: statements are cached by `connection`, their translations by `texts`; both must outlive it.
// What takes a lock needs an open transaction.
class SqlConnection final : public sql::Connection {
 public:
  SqlConnection(mariadb::Connection& connection, SqlTexts& texts) : connection_(connection), texts_(texts) {}
  sql::Query query(const char* text) override;
  std::int64_t changes() const override { return static_cast<std::int64_t>(connection_.affected_rows()); }
  std::int64_t last_id() const override { return static_cast<std::int64_t>(connection_.last_insert_id()); }
  // Writes to a row of {locks}: whoever else does so waits; in a cluster, where locks are of one node only, one of two
  // fails when it commits, with a fault after which Pool::write() tries again.
  Result<void> lock(sql::Lock lock) override;
  mariadb::Connection& connection() { return connection_; }

 private:
  mariadb::Connection& connection_;
  SqlTexts& texts_;
};

}  // namespace postern::mariadb
