#include "store/wordpress/own_schema.h"

#include <string>

namespace postern::wordpress {
namespace {

using mariadb::Connection;
using mariadb::Query;

// 0: there are no tables yet.
Result<std::int64_t> read_version(Connection& db, const mariadb::TableNames& names) {
  {
    Query q = db.query("SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?");
    const std::string table = names.own("schema");
    q.bind(table);
    if (!TRY(q.step())) return std::int64_t{0};
  }
  Query q = db.query(names.sql("SELECT version FROM {schema}"));
  if (!TRY(q.step())) return std::int64_t{0};
  return q.integer(0);
}

Result<void> write_version(Connection& db, const mariadb::TableNames& names, std::int64_t version) {
  Query q = db.query(names.sql("INSERT INTO {schema}(id, version) VALUES(1, ?) ON DUPLICATE KEY UPDATE version = ?"));
  q.bind(version).bind(version);
  return q.run();
}

Error newer() {
  return {
      Errc::invalid,
      "The site's database holds tables of a newer version of Postern. Run that version, or put back a backup of the"
      " site's database from before.",
      ""};
}

// Held by one process at a time, for as long as its connection lives or until it is released. In a cluster it is of one
// node only: then both run the same statements, which do no harm.
// Source: https://mariadb.com/kb/en/get_lock/
class UpdateLock {
 public:
  explicit UpdateLock(Connection& db) : db_(db) {}
  UpdateLock(const UpdateLock&) = delete;
  UpdateLock& operator=(const UpdateLock&) = delete;
  ~UpdateLock() {
    if (name_.empty()) return;
    Query q = db_.query("SELECT RELEASE_LOCK(?)");
    q.bind(name_);
    static_cast<void>(q.step());
  }
  Result<void> take(const mariadb::TableNames& names, std::chrono::seconds patience) {
    std::string name = TRY(name_for(names));
    Query q = db_.query("SELECT GET_LOCK(?, ?)");
    q.bind(name).bind(patience.count());
    if (TRY(q.step()) && q.integer(0) == 1) {
      name_ = std::move(name);
      return {};
    }
    return Error{Errc::unavailable,
                 "Another process is changing the tables of Postern right now. Try again when it is done.", ""};
  }

 private:
  // It is one for the whole server, and at most 64 characters long.
  Result<std::string> name_for(const mariadb::TableNames& names) {
    Query q = db_.query("SELECT CONCAT('postern ', LEFT(SHA2(CONCAT(DATABASE(), '/', ?), 256), 40))");
    const std::string table = names.own("schema");
    q.bind(table);
    TRY(q.step());
    return std::string(q.text(0));
  }

  Connection& db_;
  std::string name_;  // Empty: not held.
};

Result<void> run_steps(Connection& db, const mariadb::TableNames& names, const SchemaSteps& steps,
                       std::int64_t version) {
  TRY(
      db.execute(names.sql("CREATE TABLE IF NOT EXISTS {schema}(id TINYINT PRIMARY KEY, version INT NOT NULL)"
                           " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin")));
  for (auto step = static_cast<std::size_t>(version); step < steps.size(); ++step) {
    for (const Statements& part : steps[step]) {
      for (const char* statement : part) TRY(db.execute(names.sql(statement)));
    }
    TRY(write_version(db, names, static_cast<std::int64_t>(step) + 1));
  }
  return {};
}

}  // namespace

Result<void> update_schema(mariadb::Pool& pool, const mariadb::TableNames& names, const SchemaSteps& steps,
                           std::chrono::seconds patience) {
  const auto known = static_cast<std::int64_t>(steps.size());
  return pool.read([&](Connection& db) -> Result<void> {
    std::int64_t version = TRY(read_version(db, names));
    if (version > known) return newer();
    if (version == known) return {};
    UpdateLock lock(db);
    TRY(lock.take(names, patience));
    version = TRY(read_version(db, names));
    if (version > known) return newer();
    return run_steps(db, names, steps, version);
  });
}

}  // namespace postern::wordpress
