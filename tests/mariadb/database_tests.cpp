#include "store/mariadb/database.h"
#include "store/mariadb/insert.h"
#include "support/mariadb_server.h"

namespace postern::mariadb {
namespace {

class MariaDb : public testing::Test {
 protected:
  MariaDb() : database_(server().make_database()), db_(server().connect(database_)) {}
  static MariaDbServer& server() { return MariaDbServer::shared(); }
  void run(const std::string& sql) { MariaDbServer::run(*db_, sql); }
  std::string value(const std::string& sql) {
    const auto out = db_->value(sql);
    EXPECT_TRUE(out) << sql;
    return out ? out->value_or("<null>") : "<error>";
  }

  std::string database_;
  std::unique_ptr<Connection> db_;
};

TEST_F(MariaDb, ValuesComeBackAsTheyWere) {
  run("CREATE TABLE t (a BIGINT, b BIGINT UNSIGNED, c LONGTEXT, d DATETIME, e DOUBLE, f BLOB)");
  const std::string long_text = "it's \"quoted\" \\ 🦉 " + std::string(300'000, 'x') + std::string("\0end", 4);
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  Query insert = db_->query("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)");
  insert.bind(std::numeric_limits<std::int64_t>::min()).bind_unsigned(std::numeric_limits<std::uint64_t>::max());
  insert.bind(long_text).bind("2026-11-23 14:06:23").bind("0.5").bind(bytes);
  ASSERT_TRUE(insert.run());
  insert.bind_null().bind_null().bind("").bind_null().bind_null().bind(std::string_view());
  ASSERT_TRUE(insert.run());
  EXPECT_EQ(db_->affected_rows(), 1U);

  Query rows = db_->query("SELECT a, b, c, d, e, f FROM t WHERE a = ? OR a IS NULL ORDER BY a DESC");
  rows.bind(std::numeric_limits<std::int64_t>::min());
  ASSERT_TRUE(rows.step().value());
  EXPECT_EQ(rows.integer(0), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(rows.unsigned_integer(1), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(rows.text(2), long_text);
  EXPECT_EQ(rows.text(3), "2026-11-23 14:06:23");
  EXPECT_EQ(rows.text(4), "0.5");
  EXPECT_EQ(rows.text(5), bytes);
  ASSERT_TRUE(rows.step().value());
  EXPECT_TRUE(rows.is_null(0));
  EXPECT_EQ(rows.integer(0), 0);
  EXPECT_FALSE(rows.is_null(2));
  EXPECT_EQ(rows.text(2), "") << "not what the row before had";
  EXPECT_FALSE(rows.is_null(5)) << "an empty text is no null";
  EXPECT_FALSE(rows.step().value());
}

TEST_F(MariaDb, AValueIsNeverPartOfTheStatement) {
  run("CREATE TABLE `odd`` name` (a VARCHAR(100))");
  const std::string attack = "x'); DROP TABLE `odd`` name`; -- ";
  ASSERT_TRUE(insert_rows(*db_, {"odd` name", {"a"}}, {{attack}}));
  EXPECT_EQ(value("SELECT a FROM `odd`` name`"), attack);
}

TEST_F(MariaDb, ManyRowsInFewStatements) {
  run("CREATE TABLE t (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, a INT, b TEXT)");
  std::vector<std::vector<Value>> rows;
  for (std::int64_t i = 0; i < 1000; ++i) {
    rows.push_back({i, i % 7 == 0 ? Value(Null()) : Value("text " + std::to_string(i))});
  }
  const auto number_of_statements = [this] {
    return std::stoi(
        value("SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'COM_STMT_EXECUTE'"));
  };
  const int before = number_of_statements();
  const auto ids = insert_rows(*db_, {"t", {"a", "b"}}, rows);
  ASSERT_TRUE(ids);
  EXPECT_LE(number_of_statements() - before, 12);
  ASSERT_EQ(ids->size(), 1000U);
  Query query = db_->query("SELECT id, a, b FROM t ORDER BY id");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ASSERT_TRUE(query.step().value());
    EXPECT_EQ(query.unsigned_integer(0), (*ids)[i]);
    EXPECT_EQ(query.integer(1), static_cast<std::int64_t>(i));
    EXPECT_EQ(query.is_null(2), i % 7 == 0);
  }
  EXPECT_TRUE(insert_rows(*db_, {"t", {"a", "b"}}, {})->empty());
}

TEST_F(MariaDb, NumbersOfAClusterAreStepsApart) {
  run("CREATE TABLE t (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, a INT)");
  MariaDbServer::run(*server().connect(), "SET GLOBAL auto_increment_increment = 3");
  const auto other = server().connect(database_);
  MariaDbServer::run(*server().connect(), "SET GLOBAL auto_increment_increment = 1");
  const auto ids =
      insert_rows(*other, {"t", {"a"}},
                  {{std::int64_t{1}}, {std::int64_t{2}}, {std::int64_t{3}}, {std::int64_t{4}}, {std::int64_t{5}}});
  ASSERT_TRUE(ids);
  Query query = other->query("SELECT id FROM t ORDER BY a");
  for (const std::uint64_t id : *ids) {
    ASSERT_TRUE(query.step().value());
    EXPECT_EQ(query.unsigned_integer(0), id);
  }
}

TEST_F(MariaDb, TheSessionIsAsWordPressNeedsIt) {
  EXPECT_EQ(
      value("SELECT CONCAT(@@character_set_client, ' ', @@character_set_connection, ' ', @@character_set_results, "
            "' ', @@collation_connection)"),
      "utf8mb4 utf8mb4 utf8mb4 utf8mb4_unicode_520_ci");
  EXPECT_EQ(value("SELECT @@SESSION.time_zone = @@GLOBAL.time_zone"), "1") << "WordPress leaves it alone";
  EXPECT_EQ(value("SELECT @@SESSION.autocommit"), "1");
  run("CREATE TABLE t (a VARCHAR(3), b DATETIME NOT NULL DEFAULT '0000-00-00 00:00:00')");
  EXPECT_EQ(db_->execute("INSERT INTO t (a) VALUES ('four')").error().code, Errc::internal);
  EXPECT_EQ(db_->last_fault(), Fault::too_long);

  auto address = server().address(database_);
  address.sql_mode = SqlMode::wordpress;
  const auto lax = Connection::open(address);
  ASSERT_TRUE(lax);
  MariaDbServer::run(**lax, "INSERT INTO t (a) VALUES ('four')");
  EXPECT_EQ(value("SELECT CONCAT(a, b) FROM t"), "fou0000-00-00 00:00:00");
}

TEST(SqlModes, WhatWordPressTakesOutIsOut) {
  EXPECT_EQ(wordpress_sql_mode("ANSI,STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION,NO_ZERO_DATE"),
            "NO_ENGINE_SUBSTITUTION");
  EXPECT_EQ(wordpress_sql_mode("TRADITIONAL,ONLY_FULL_GROUP_BY,STRICT_ALL_TABLES"), "");
  EXPECT_EQ(wordpress_sql_mode("NO_ZERO_IN_DATE,x'; DROP"), "NO_ZERO_IN_DATE");
}

TEST_F(MariaDb, ATransactionThatGoesIsUndone) {
  run("CREATE TABLE t (a INT) ENGINE=InnoDB");
  {
    const auto transaction = Transaction::begin(*db_);
    ASSERT_TRUE(transaction);
    run("INSERT INTO t VALUES (1)");
  }
  EXPECT_EQ(value("SELECT COUNT(*) FROM t"), "0");
  auto transaction = Transaction::begin(*db_);
  run("INSERT INTO t VALUES (1)");
  EXPECT_TRUE(transaction->commit());
  EXPECT_EQ(value("SELECT COUNT(*) FROM t"), "1");
}

TEST_F(MariaDb, AKilledConnectionSaysSoAndANewOneWorks) {
  run("CREATE TABLE t (a INT) ENGINE=InnoDB");
  const auto other = server().connect(database_);
  auto transaction = Transaction::begin(*db_);
  run("INSERT INTO t VALUES (1)");
  MariaDbServer::run(*other, "KILL " + std::to_string(db_->thread_id()));
  Query insert = db_->query("INSERT INTO t VALUES (?)");
  const auto failed = insert.bind(std::int64_t{2}).run();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::unavailable);
  EXPECT_EQ(retry_after(db_->last_fault()), Retry::connection);
  EXPECT_FALSE(transaction->commit());
  EXPECT_EQ(other->value("SELECT COUNT(*) FROM t").value(), "0");
}

TEST_F(MariaDb, OfTwoInADeadlockOneIsToldToTryAgain) {
  run("CREATE TABLE t (a INT PRIMARY KEY, b INT) ENGINE=InnoDB");
  run("INSERT INTO t VALUES (1, 0), (2, 0)");
  const auto other = server().connect(database_);
  const auto first = Transaction::begin(*db_);
  const auto second = Transaction::begin(*other);
  run("UPDATE t SET b = 1 WHERE a = 1");
  MariaDbServer::run(*other, "UPDATE t SET b = 2 WHERE a = 2");
  bool waiting_failed = false;
  std::thread waiting([&] { waiting_failed = !db_->execute("UPDATE t SET b = 1 WHERE a = 2"); });
  const auto watcher = server().connect();
  // Not INNODB_LOCK_WAITS: that is made anew only when nobody has looked at it for a tenth of a second.
  EXPECT_TRUE(comes_true([&] {
    return watcher
               ->value(
                   "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME ="
                   " 'INNODB_ROW_LOCK_CURRENT_WAITS'")
               .value() == "1";
  }));
  const bool closing_failed = !other->execute("UPDATE t SET b = 2 WHERE a = 1");
  waiting.join();
  ASSERT_NE(waiting_failed, closing_failed) << "one of them goes on";
  const Connection& loser = waiting_failed ? *db_ : *other;
  EXPECT_EQ(loser.last_fault(), Fault::deadlock);
  EXPECT_EQ(retry_after(loser.last_fault()), Retry::transaction);
}

TEST_F(MariaDb, ALockThatIsHeldTooLongIsToldApart) {
  run("CREATE TABLE t (a INT PRIMARY KEY) ENGINE=InnoDB");
  run("INSERT INTO t VALUES (1)");
  const auto transaction = Transaction::begin(*db_);
  run("UPDATE t SET a = 2");
  auto address = server().address(database_);
  address.lock_timeout = std::chrono::seconds(1);
  const auto other = Connection::open(address);
  ASSERT_TRUE(other);
  EXPECT_EQ((*other)->execute("UPDATE t SET a = 3").error().code, Errc::unavailable);
  EXPECT_EQ((*other)->last_fault(), Fault::lock_timeout);
}

TEST_F(MariaDb, AReadOnlyServerIsAskedAgainLater) {
  run("CREATE TABLE t (a INT)");
  run("CREATE USER reader@localhost");
  run("GRANT ALL ON " + database_ + ".* TO reader@localhost");
  const auto root = server().connect();
  MariaDbServer::run(*root, "SET GLOBAL read_only = 1");
  auto address = server().address(database_);
  address.user = "reader";
  const auto reader = Connection::open(address);
  ASSERT_TRUE(reader) << reader.error().detail;
  const auto failed = (*reader)->execute("INSERT INTO t VALUES (1)");
  MariaDbServer::run(*root, "SET GLOBAL read_only = 0");
  ASSERT_FALSE(failed);
  EXPECT_EQ((*reader)->last_fault(), Fault::read_only);
  EXPECT_EQ(retry_after(Fault::read_only), Retry::later);
}

TEST_F(MariaDb, ErrorsShowNoValue) {
  run("CREATE TABLE t (a VARCHAR(20) UNIQUE, b INT)");
  run("INSERT INTO t VALUES ('se''cret', 1)");
  Query insert = db_->query("INSERT INTO t VALUES (?, ?)");
  const auto duplicate = insert.bind("se'cret").bind(std::int64_t{1}).run();
  ASSERT_FALSE(duplicate);
  EXPECT_EQ(duplicate.error().code, Errc::conflict);
  EXPECT_EQ(db_->last_fault(), Fault::duplicate);
  EXPECT_EQ(retry_after(Fault::duplicate), Retry::no);
  Query again = db_->query("INSERT INTO t VALUES (?, ?)");
  const auto wrong = again.bind("x").bind("secret").run();
  ASSERT_FALSE(wrong);
  const auto syntax = db_->execute("SELECT 'secret' FROM WHERE 'cret'");
  ASSERT_FALSE(syntax);
  for (const Error& error : {duplicate.error(), wrong.error(), syntax.error()}) {
    EXPECT_THAT(error.message + error.detail, testing::Not(testing::HasSubstr("cret"))) << error.detail;
    EXPECT_THAT(error.detail, testing::HasSubstr("(MariaDB "));
  }
}

TEST_F(MariaDb, WhoIsNotLetInIsToldWithoutThePassword) {
  run("CREATE USER guest@localhost IDENTIFIED BY 'right-secret'");
  auto address = server().address(database_);
  address.user = "guest";
  address.password = Secret("wrong-secret");
  const auto refused = Connection::open(address);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unauthorized);
  EXPECT_THAT(refused.error().detail, testing::HasSubstr("'guest'@'localhost'"));
  EXPECT_THAT(refused.error().message + refused.error().detail, testing::Not(testing::HasSubstr("secret")));
  address.password = Secret("right-secret");
  const auto no_grant = Connection::open(address);
  ASSERT_FALSE(no_grant);
  EXPECT_EQ(no_grant.error().code, Errc::unauthorized);
  run("GRANT SELECT ON " + database_ + ".* TO guest@localhost");
  EXPECT_TRUE(Connection::open(address));
}

TEST_F(MariaDb, AServerThatIsNotThere) {
  auto address = server().address(database_);
  address.socket += ".none";
  const auto none = Connection::open(address);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::unavailable);
  EXPECT_EQ(none.error().message, "The database cannot be reached.");
  address = server().address("no_such_database");
  EXPECT_EQ(Connection::open(address).error().message, "A database, table or column is missing.");
}

TEST_F(MariaDb, AStatementThatCannotBePreparedSaysWhy) {
  Query query = db_->query("SELECT * FROM no_such_table WHERE a = ?");
  const auto failed = query.bind("secret").step();
  ASSERT_FALSE(failed);
  EXPECT_EQ(db_->last_fault(), Fault::missing);
  EXPECT_THAT(failed.error().detail, testing::HasSubstr("no_such_table"));
  Query too_few = db_->query("SELECT ?, ?");
  EXPECT_EQ(too_few.bind("a").step().error().code, Errc::internal);
  EXPECT_EQ(value("SELECT 1"), "1") << "the connection works on";
}

TEST_F(MariaDb, TextsWithoutEndDoNotFillTheServer) {
  for (int i = 0; i < 1000; ++i) {
    Query query = db_->query("SELECT " + std::to_string(i));
    ASSERT_TRUE(query.step().value());
    EXPECT_EQ(query.integer(0), i);
  }
  EXPECT_LE(
      std::stoi(value(
          "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'PREPARED_STMT_COUNT'")),
      300);
}

TEST_F(MariaDb, ASiteIsLoadedWhole) {
  const auto site = server().connect(server().make_site());
  EXPECT_EQ(site->value("SELECT COUNT(*) FROM wp_users").value(), "18");
  EXPECT_EQ(site->value("SELECT COUNT(*) FROM wp_fcom_meta WHERE object_type = 'webhook'").value(), "23");
  EXPECT_EQ(site->value("SELECT option_value FROM wp_options WHERE option_name = 'db_version'").value(), "61833");
}

}  // namespace
}  // namespace postern::mariadb
