#include "store/mariadb/fault.h"

#include <gtest/gtest.h>

namespace postern::mariadb {
namespace {

TEST(MariaDbFault, WhatMayHelp) {
  struct Case {
    unsigned number;
    Fault fault;
    Retry retry;
    Errc code;
  };
  const std::vector<Case> cases = {
      {2006, Fault::connection_lost, Retry::connection, Errc::unavailable},
      {2013, Fault::connection_lost, Retry::connection, Errc::unavailable},
      {1927, Fault::connection_lost, Retry::connection, Errc::unavailable},
      {2002, Fault::cannot_connect, Retry::later, Errc::unavailable},
      {1040, Fault::too_many, Retry::later, Errc::unavailable},
      {1213, Fault::deadlock, Retry::transaction, Errc::unavailable},
      {1205, Fault::lock_timeout, Retry::transaction, Errc::unavailable},
      {1047, Fault::not_ready, Retry::later, Errc::unavailable},
      {1290, Fault::read_only, Retry::later, Errc::unavailable},
      {1021, Fault::full, Retry::later, Errc::unavailable},
      {1114, Fault::full, Retry::later, Errc::unavailable},
      {1062, Fault::duplicate, Retry::no, Errc::conflict},
      {1045, Fault::access_denied, Retry::no, Errc::unauthorized},
      {1142, Fault::access_denied, Retry::no, Errc::unauthorized},
      {1146, Fault::missing, Retry::no, Errc::internal},
      {1406, Fault::too_long, Retry::no, Errc::internal},
      {1064, Fault::other, Retry::no, Errc::internal},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(fault_of(each.number), each.fault) << each.number;
    EXPECT_EQ(retry_after(each.fault), each.retry) << each.number;
    EXPECT_EQ(to_error(each.number, "HY000", "").code, each.code) << each.number;
  }
  EXPECT_EQ(fault_of(0), Fault::none);
}

TEST(MariaDbFault, ValuesAreHiddenAndNamesAreShown) {
  EXPECT_EQ(to_error(1062, "23000", "Duplicate entry 'a'b' for key 'email'").detail,
            "Duplicate entry '…' (MariaDB 1062, 23000)");
  EXPECT_EQ(to_error(1064, "42000", "near 'secret at line 1").detail, "near '…' (MariaDB 1064, 42000)");
  EXPECT_EQ(to_error(1366, "22007", "Incorrect integer value: \"secret\" here").detail,
            "Incorrect integer value: '…' here (MariaDB 1366, 22007)");
  EXPECT_EQ(to_error(1146, "42S02", "Table 'site.wp_users' doesn't exist").detail,
            "Table 'site.wp_users' doesn't exist (MariaDB 1146, 42S02)");
}

}  // namespace
}  // namespace postern::mariadb
