// How the own tables come into being, and what happens when that is interrupted or done twice.
#include "store/wordpress/own_schema.h"
#include "support/mariadb_server.h"

#include <array>
#include <thread>

namespace postern::wordpress {
namespace {

constexpr std::array kLater{"CREATE TABLE IF NOT EXISTS {later}(id BIGINT PRIMARY KEY)",
                            "INSERT IGNORE INTO {later}(id) VALUES(1)"};

class OwnSchema : public testing::Test {
 protected:
  static MariaDbServer& server() { return MariaDbServer::shared(); }
  Result<void> update(const SchemaSteps& steps, const std::string& prefix = "wp_") {
    mariadb::Pool pool(server().address(database_));
    return update_schema(pool, mariadb::TableNames(prefix), steps, std::chrono::seconds{10});
  }
  std::string value(const std::string& text) { return server().connect(database_)->value(text).value().value_or(""); }
  void run(const std::string& text) { MariaDbServer::run(*server().connect(database_), text); }
  std::string tables() {
    return value(
        "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND ENGINE = 'InnoDB'"
        " AND TABLE_COLLATION = 'utf8mb4_bin'");
  }

  // A user of the database who may only look.
  mariadb::Address reader() {
    run("CREATE USER IF NOT EXISTS reader IDENTIFIED BY 'x'");
    run("GRANT SELECT ON " + database_ + ".* TO reader");
    mariadb::Address address = server().address(database_);
    address.user = "reader";
    address.password = Secret("x");
    return address;
  }

  const SchemaSteps first_{{own_tables()}};
  const SchemaSteps both_{{own_tables()}, {kLater}};
  std::string database_ = server().make_database();
};

TEST_F(OwnSchema, IsMadeOnceAndThenOnlyRead) {
  ASSERT_TRUE(update(first_));
  EXPECT_EQ(value("SELECT version FROM wp_postern_schema"), "1");
  const std::string made = tables();
  EXPECT_GE(std::stoi(made), 15);
  mariadb::Pool pool(reader());
  EXPECT_TRUE(update_schema(pool, mariadb::TableNames("wp_"), first_));
  EXPECT_EQ(tables(), made);
}

TEST_F(OwnSchema, AUserWhoMayNotCreateTablesIsTold) {
  mariadb::Pool pool(reader());
  EXPECT_EQ(update_schema(pool, mariadb::TableNames("wp_"), first_).error().code, Errc::unauthorized);
}

TEST_F(OwnSchema, OnlyWhatIsNewIsDone) {
  ASSERT_TRUE(update(first_));
  run("UPDATE wp_postern_audit_head SET last_id = 7");
  run("UPDATE wp_postern_locks SET turns = 3");
  ASSERT_TRUE(update(both_));
  EXPECT_EQ(value("SELECT version FROM wp_postern_schema"), "2");
  EXPECT_EQ(value("SELECT id FROM wp_postern_later"), "1");
  EXPECT_EQ(value("SELECT last_id FROM wp_postern_audit_head"), "7");
  EXPECT_EQ(value("SELECT SUM(turns) FROM wp_postern_locks"), "12");
}

// MariaDB keeps each table that was made before.
TEST_F(OwnSchema, WhatWasInterruptedIsDoneToItsEnd) {
  constexpr std::array kBroken{"CREATE TABLE IF NOT EXISTS {later}(id BIGINT PRIMARY KEY)", "CREATE NONSENSE"};
  ASSERT_FALSE(update({{own_tables(), kBroken}}));
  EXPECT_NE(value("SELECT version FROM wp_postern_schema"), "1");
  run("UPDATE wp_postern_audit_head SET last_id = 7");
  ASSERT_TRUE(update({{own_tables(), kLater}}));
  EXPECT_EQ(value("SELECT version FROM wp_postern_schema"), "1");
  EXPECT_EQ(value("SELECT last_id FROM wp_postern_audit_head"), "7");
  EXPECT_EQ(value("SELECT id FROM wp_postern_later"), "1");
}

TEST_F(OwnSchema, ANewerOneIsRefusedAndLeftAlone) {
  ASSERT_TRUE(update(both_));
  const Result<void> refused = update(first_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::invalid);
  EXPECT_NE(refused.error().message.find("newer version"), std::string::npos);
  EXPECT_EQ(value("SELECT version FROM wp_postern_schema"), "2");
}

TEST_F(OwnSchema, ProcessesThatStartAtOnceDoNotCollide) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const Result<void> done = update(both_);
      EXPECT_TRUE(done) << done.error().message << " " << done.error().detail;
    });
  }
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(value("SELECT version FROM wp_postern_schema"), "2");
  EXPECT_EQ(value("SELECT COUNT(*) FROM wp_postern_locks"), "4");
}

TEST_F(OwnSchema, WhoeverWaitsTooLongIsTold) {
  const auto other = server().connect(database_);
  const std::string name = "CONCAT('postern ', LEFT(SHA2(CONCAT(DATABASE(), '/wp_postern_schema'), 256), 40))";
  ASSERT_EQ(other->value("SELECT GET_LOCK(" + name + ", 0)").value(), "1");
  mariadb::Pool pool(server().address(database_));
  const auto told = update_schema(pool, mariadb::TableNames("wp_"), first_, std::chrono::seconds{0});
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().code, Errc::unavailable);
  EXPECT_TRUE(update(first_, "other_")) << "another site of the same database waits for nobody";
  ASSERT_EQ(other->value("SELECT RELEASE_LOCK(" + name + ")").value(), "1");
  EXPECT_TRUE(update_schema(pool, mariadb::TableNames("wp_"), first_, std::chrono::seconds{0}));
}

// Sites that are older than their server have them; 767 bytes is the longest key there.
TEST_F(OwnSchema, OldRowFormatsTakeTheTables) {
  run("SET GLOBAL innodb_default_row_format = compact");
  const Result<void> done = update(first_);
  run("SET GLOBAL innodb_default_row_format = dynamic");
  EXPECT_TRUE(done) << done.error().detail;
  EXPECT_EQ(value("SELECT ROW_FORMAT FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME ="
                  " 'wp_postern_outbox'"),
            "Compact");
}

}  // namespace
}  // namespace postern::wordpress
