#include "store/mariadb/pool.h"
#include "store/mariadb/table_names.h"
#include "support/mariadb_server.h"

#include <thread>

namespace postern::mariadb {
namespace {

class MariaDbPool : public testing::Test {
 protected:
  MariaDbPool() : database_(server().make_database()), pool_(server().address(database_)) {
    MariaDbServer::run(*server().connect(database_), "CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT)");
    MariaDbServer::run(*server().connect(database_), "INSERT INTO t VALUES (1, 0), (2, 0)");
  }
  static MariaDbServer& server() { return MariaDbServer::shared(); }
  static void kill(Connection& victim) {
    MariaDbServer::run(*server().connect(), "KILL " + std::to_string(victim.thread_id()));
  }
  std::string value(const std::string& sql) { return server().connect(database_)->value(sql).value().value_or(""); }

  std::string database_;
  Pool pool_;
};

TEST_F(MariaDbPool, AConnectionIsUsedAgain) {
  std::uint64_t first = 0;
  ASSERT_TRUE(pool_.read([&](Connection& db) -> Result<void> {
    first = db.thread_id();
    return {};
  }));
  std::uint64_t second = 0;
  ASSERT_TRUE(pool_.write([&](Connection& db) -> Result<void> {
    second = db.thread_id();
    return {};
  }));
  EXPECT_EQ(first, second);
}

TEST_F(MariaDbPool, ALostConnectionIsNotSeenByWhoAsks) {
  ASSERT_TRUE(pool_.read([](Connection& db) { return db.execute("DO 1"); }));
  kill(*pool_.lease().value());
  EXPECT_TRUE(pool_.read([](Connection& db) { return db.execute("DO 1"); }));

  int runs = 0;
  const auto done = pool_.write([&](Connection& db) -> Result<void> {
    TRY(db.execute("UPDATE t SET n = n + 1 WHERE id = 1"));
    if (++runs == 1) kill(db);
    return db.execute("UPDATE t SET n = n + 1 WHERE id = 2");
  });
  EXPECT_TRUE(done) << done.error().message;
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(value("SELECT group_concat(n ORDER BY id) FROM t"), "1,1") << "the first attempt left something";
}

TEST_F(MariaDbPool, TwoThatLockEachOtherBothSucceed) {
  std::atomic<int> first_rows = 0;
  std::atomic<int> runs = 0;
  const auto work = [&](int from, int to) {
    return pool_.write([&, from, to](Connection& db) -> Result<void> {
      ++runs;
      TRY(db.execute("UPDATE t SET n = n + 1 WHERE id = " + std::to_string(from)));
      ++first_rows;
      comes_true([&] { return first_rows >= 2; }, std::chrono::seconds(10));
      return db.execute("UPDATE t SET n = n + 1 WHERE id = " + std::to_string(to));
    });
  };
  Result<void> other = Error{Errc::internal, "", ""};
  std::thread thread([&] { other = work(2, 1); });
  const Result<void> own = work(1, 2);
  thread.join();
  EXPECT_TRUE(own);
  EXPECT_TRUE(other);
  EXPECT_EQ(runs, 3) << "one of them was undone and tried again";
  EXPECT_EQ(value("SELECT group_concat(n ORDER BY id) FROM t"), "2,2");
}

TEST_F(MariaDbPool, WhatWillNotPassIsNotTriedAgain) {
  int runs = 0;
  const auto refused = pool_.write([&](Connection& db) -> Result<void> {
    ++runs;
    return db.execute("INSERT INTO t VALUES (1, 0)");
  });
  EXPECT_EQ(refused.error().code, Errc::conflict);
  const auto own = pool_.write([&](Connection& db) -> Result<void> {
    ++runs;
    TRY(db.execute("UPDATE t SET n = 7"));
    return Error{Errc::not_found, "There is none.", ""};
  });
  EXPECT_EQ(own.error().code, Errc::not_found);
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(value("SELECT max(n) FROM t"), "0") << "what ends with an error is undone";
}

TEST(TableNamesOfMariaDb, StandForOwnTables) {
  const TableNames names("w`p_");
  EXPECT_EQ(names.own("outbox"), "w`p_postern_outbox");
  EXPECT_EQ(names.sql("DELETE FROM {outbox} WHERE id IN (SELECT id FROM {x}) AND a = 'b'"),
            "DELETE FROM `w``p_postern_outbox` WHERE id IN (SELECT id FROM `w``p_postern_x`) AND a = 'b'");
  EXPECT_EQ(names.sql(""), "");
  EXPECT_EQ(names.sql("a { b"), "a { b");
}

}  // namespace
}  // namespace postern::mariadb
