// What a server that dies leaves behind, and what its clients are told.
#include "support/mariadb_server.h"

#include <gtest/gtest.h>

namespace postern::mariadb {
namespace {

TEST(MariaDbCrash, WhatWasCommittedIsThereAndWhatWasNotIsGone) {
  MariaDbServer server(true);
  const std::string database = server.make_database();
  const auto db = server.connect(database);
  MariaDbServer::run(*db, "CREATE TABLE t (a INT) ENGINE=InnoDB");
  auto transaction = Transaction::begin(*db);
  MariaDbServer::run(*db, "INSERT INTO t VALUES (1)");
  ASSERT_TRUE(transaction->commit());
  auto open = Transaction::begin(*db);
  MariaDbServer::run(*db, "INSERT INTO t VALUES (2)");
  server.kill();
  const auto failed = open->commit();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::unavailable);
  EXPECT_EQ(db->last_fault(), Fault::connection_lost);
  EXPECT_EQ(Connection::open(server.address(database)).error().message, "The database cannot be reached.");
  server.start();
  const auto again = server.connect(database);
  EXPECT_EQ(again->value("SELECT GROUP_CONCAT(a) FROM t").value(), "1");
}

}  // namespace
}  // namespace postern::mariadb
