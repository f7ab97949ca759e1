#include "store/wordpress/write_lock.h"

namespace postern::wordpress {
namespace {

Error row_is_gone(const mariadb::TableNames& tables) {
  return {Errc::internal,
          "A row of Postern's own table " + tables.own("catalog") +
              " is gone. Restore the table from a backup; without it nothing is written.",
          ""};
}

}  // namespace

Result<void> take_write_lock(mariadb::Connection& db, const mariadb::TableNames& tables) {
  mariadb::Query q = db.query(tables.sql("UPDATE {catalog} SET turns = turns + 1 WHERE id = 1"));
  TRY(q.run());
  if (db.affected_rows() != 1) return row_is_gone(tables);
  return {};
}

Result<std::int64_t> read_generation(mariadb::Connection& db, const mariadb::TableNames& tables) {
  mariadb::Query q = db.query(tables.sql("SELECT generation FROM {catalog} WHERE id = 1"));
  if (!TRY(q.step())) return row_is_gone(tables);
  return q.integer(0);
}

Result<void> raise_generation(mariadb::Connection& db, const mariadb::TableNames& tables) {
  return db.query(tables.sql("UPDATE {catalog} SET generation = generation + 1 WHERE id = 1")).run();
}

}  // namespace postern::wordpress
