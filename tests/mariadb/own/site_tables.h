// Postern's own tables in an empty MariaDB database, with just enough of a site around them: users and a catalog.
#pragma once

#include "store/mariadb/sql_connection.h"
#include "store/sql/own_tables.h"
#include "store/wordpress/own_schema.h"
#include "support/mariadb_server.h"

#include <string>

namespace postern {

class SiteTables final : public sql::OwnTables {
 public:
  explicit SiteTables(const std::string& database)
      : pool_(MariaDbServer::shared().address(database)), texts_(mariadb::TableNames("wp_")) {
    const auto done = wordpress::update_schema(pool_, mariadb::TableNames("wp_"), {{wordpress::own_tables()}});
    EXPECT_TRUE(done) << done.error().message << " " << done.error().detail;
    const auto db = MariaDbServer::shared().connect(database);
    MariaDbServer::run(*db, "CREATE TABLE wp_users (id BIGINT AUTO_INCREMENT PRIMARY KEY, email TEXT, password TEXT)");
    MariaDbServer::run(*db, "CREATE TABLE wp_catalog (generation BIGINT)");
    MariaDbServer::run(*db, "INSERT INTO wp_catalog VALUES (1)");
  }

  UserId add_user(const std::string& email, const std::string& password) {
    return pool_
        .write([&](mariadb::Connection& db) -> Result<UserId> {
          mariadb::Query q = db.query("INSERT INTO wp_users(email, password) VALUES(?, ?)");
          q.bind(email).bind(password);
          TRY(q.run());
          return UserId{static_cast<std::int64_t>(db.last_insert_id())};
        })
        .value();
  }
  void remove_user(UserId id) {
    EXPECT_TRUE(
        in_transaction(sql::Touches::own_tables, [&](sql::Connection& db) { return remove_user_rows(db, id); }));
    remove_user_only(id);
  }
  // As WordPress does it, which knows nothing of Postern's tables.
  void remove_user_only(UserId id) {
    EXPECT_TRUE(pool_.write([&](mariadb::Connection& db) -> Result<void> {
      mariadb::Query q = db.query("DELETE FROM wp_users WHERE id = ?");
      q.bind(id.value);
      return q.run();
    }));
  }
  std::int64_t catalog_generation() { return std::stoll(value("SELECT generation FROM wp_catalog")); }
  std::string value(const std::string& text) {
    return pool_.read([&](mariadb::Connection& db) { return db.value(text); }).value().value_or("");
  }
  mariadb::Pool& pool() { return pool_; }

  // Only the password's hash: of the user itself nothing is asked.
  Result<std::optional<Credentials>> credentials_of(UserId id) override {
    return pool_.read([&](mariadb::Connection& db) -> Result<std::optional<Credentials>> {
      mariadb::Query q = db.query("SELECT password FROM wp_users WHERE id = ?");
      q.bind(id.value);
      if (!TRY(q.step())) return std::optional<Credentials>();
      return std::optional(Credentials{.password_hash = std::string(q.text(0))});
    });
  }
  // Not of the own tables.
  Result<std::optional<Credentials>> find_credentials(std::string_view /*name*/) override { return not_here(); }
  Result<std::optional<SpaceAccess>> find_access(const KeyHash& /*session*/, SpaceKind /*kind*/,
                                                 std::string_view /*slug*/) override {
    return not_here();
  }

 protected:
  Result<void> in_transaction(sql::Touches touches, const OwnWork& work) override {
    return pool_.write([&](mariadb::Connection& connection) -> Result<void> {
      mariadb::SqlConnection db(connection, texts_);
      TRY(work(db));
      if (touches == sql::Touches::catalog)
        TRY(connection.execute("UPDATE wp_catalog SET generation = generation + 1"));
      return {};
    });
  }
  Result<void> on_reader(const OwnWork& work) override {
    return pool_.read([&](mariadb::Connection& connection) -> Result<void> {
      mariadb::SqlConnection db(connection, texts_);
      return work(db);
    });
  }
  Result<bool> user_exists(sql::Connection& db, UserId id) override {
    mariadb::Query q = site(db).query("SELECT 1 FROM wp_users WHERE id = ?");
    q.bind(id.value);
    return q.step();
  }
  Result<void> write_user_password(sql::Connection& db, UserId id, const std::string& hash) override {
    if (!TRY(user_exists(db, id))) return Error{Errc::not_found, "There is no such user.", ""};
    mariadb::Query q = site(db).query("UPDATE wp_users SET password = ? WHERE id = ?");
    q.bind(hash).bind(id.value);
    return q.run();
  }

 private:
  static Error not_here() { return {Errc::internal, "This is not a whole store.", ""}; }
  // Whoever hands out connections knows what they are.
  static mariadb::Connection& site(sql::Connection& db) {
    return static_cast<mariadb::SqlConnection&>(db).connection();
  }

  mariadb::Pool pool_;
  mariadb::SqlTexts texts_;
};

}  // namespace postern
