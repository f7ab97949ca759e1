// The doctor's parts that need another clock, or no database at all; what an operator sees is in tests/e2e.
#include "store/wordpress/database_checks.h"
#include "store/wordpress/grants.h"
#include "store/wordpress/proxy_lines.h"
#include "store/wordpress/site_address.h"
#include "support/mariadb_server.h"

namespace postern::wordpress {
namespace {

TEST(Grants, WhatTheLinesAllow) {
  Grants grants;
  grants.add("GRANT USAGE ON *.* TO `u`@`localhost` IDENTIFIED BY PASSWORD '*A'");
  grants.add("GRANT SELECT, INSERT, UPDATE (`a`, `b`), DELETE ON `site\\_1`.* TO `u`@`localhost`");
  grants.add("GRANT UPDATE ON `site_1`.`wp_users` TO `u`@`localhost`");
  grants.add("GRANT CREATE TEMPORARY TABLES, LOCK TABLES ON `shop%`.* TO `u`@`localhost`");
  grants.add("GRANT ALL PRIVILEGES ON `odd``name`.* TO `u`@`localhost` WITH GRANT OPTION");
  grants.add("GRANT `some_role` TO `u`@`localhost`");
  grants.add("GRANT PROXY ON ''@'%' TO 'u'@'localhost'");
  grants.add("");
  struct Case {
    const char* privilege;
    const char* database;
    const char* table;
    bool allowed;
  };
  for (const Case& each : {Case{"SELECT", "site_1", "any", true}, Case{"SELECT", "siteX1", "any", false},
                           Case{"DELETE", "site_1", "wp_users", true}, Case{"UPDATE", "site_1", "wp_options", false},
                           Case{"UPDATE", "site_1", "wp_users", true}, Case{"UPDATE", "siteX1", "wp_users", false},
                           Case{"CREATE", "shop_2", "x", false}, Case{"LOCK TABLES", "shop_2", "x", true},
                           Case{"LOCK TABLES", "shop", "x", true}, Case{"CREATE", "odd`name", "x", true},
                           Case{"CREATE", "site_1", "x", false}}) {
    EXPECT_EQ(grants.allows(each.privilege, each.database, each.table), each.allowed)
        << each.privilege << " " << each.database << "." << each.table;
  }
  Grants all;
  all.add("GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost`");
  EXPECT_TRUE(all.allows("CREATE", "any", "thing"));
}

TEST(SessionCollation, IsOneOfUtf8mb4) {
  EXPECT_EQ(session_collation(""), "utf8mb4_unicode_520_ci");
  EXPECT_EQ(session_collation("utf8_general_ci"), "utf8mb4_unicode_520_ci");
  EXPECT_EQ(session_collation("utf8mb4_unicode_ci"), "utf8mb4_unicode_520_ci");
  EXPECT_EQ(session_collation("utf8_turkish_ci"), "utf8mb4_turkish_ci");
  EXPECT_EQ(session_collation("utf8mb4_bin"), "utf8mb4_bin");
  EXPECT_EQ(session_collation("latin1_swedish_ci"), "utf8mb4_unicode_520_ci");
}

WpConfig usable(const std::string& host) {
  WpConfig out;
  out.db_name = "n";
  out.db_user = "u";
  out.db_password = Secret("p");
  out.db_host = host;
  out.table_prefix = "wp_";
  return out;
}

TEST(SiteAddress, FromTheFormsOfDbHost) {
  const auto at = [](const std::string& host) { return address_of(usable(host)).value(); };
  EXPECT_EQ(at("localhost:/run/x.sock").socket, "/run/x.sock");
  EXPECT_EQ(at("[::1]:3307").host, "::1");
  EXPECT_EQ(at("[::1]:3307").port, 3307U);
  EXPECT_EQ(at("host:12:34").host, "host:12:34");
  EXPECT_EQ(address_of(usable("localhost:65536")).error().code, Errc::invalid);
}

TEST(SiteAddress, WhatIsGivenCounts) {
  WpConfig config = usable("h");
  config.db_password.reset();
  config.faults = {{"DB_PASSWORD", 3, "is computed", true}, {"WP_HOME", 4, "is computed", false}};
  EXPECT_FALSE(config.is_usable());
  ASSERT_TRUE(apply({.db_name = "other", .db_password = Secret("given")}, config));
  EXPECT_TRUE(config.is_usable());
  EXPECT_EQ(config.faults.size(), 1U);
  EXPECT_EQ(config.db_name, "other");
  EXPECT_EQ(apply({.table_prefix = "a-b"}, config).error().code, Errc::invalid);
}

TEST(ProxyLines, OnlyAPlainFolderGetsIntoThem) {
  for (const char* home : {"https://example.com", "https://example.com/", "example.com/blog", "",
                           "https://example.com/a;return 200", "https://example.com/\"}"}) {
    EXPECT_EQ(proxy_lines(home, "u:1").nginx, proxy_lines("http://x", "u:1").nginx) << home;
  }
  EXPECT_THAT(proxy_lines("https://example.com/blog/", "u:1").nginx,
              testing::HasSubstr("rewrite ^/blog(/.*)$ $1 break;"));
}

class Doctor : public testing::Test {
 protected:
  Doctor() : db_(MariaDbServer::shared().connect(MariaDbServer::shared().make_database())) {}

  std::vector<Finding> server(std::chrono::seconds ahead) {
    const SiteFiles files;
    const SystemClock clock;
    const Site site{.db = *db_, .files = files, .database = "x", .prefix = "wp_", .now = clock.now() + ahead};
    Report report;
    EXPECT_TRUE(check_server(site, report));
    return report.findings();
  }

  static Verdict verdict(const std::vector<Finding>& findings, std::string_view check) {
    for (const Finding& each : findings) {
      if (each.check == check) return each.verdict;
    }
    ADD_FAILURE() << "no check " << check;
    return Verdict::ok;
  }

  std::unique_ptr<mariadb::Connection> db_;
};

TEST_F(Doctor, AClockThatIsWrong) {
  using std::chrono::seconds;
  EXPECT_EQ(verdict(server(seconds(0)), "clock"), Verdict::ok);
  EXPECT_EQ(verdict(server(seconds(-30)), "clock"), Verdict::warning);
  EXPECT_EQ(verdict(server(seconds(600)), "clock"), Verdict::problem);
}

TEST_F(Doctor, AServerThatTakesNoWrites) {
  EXPECT_EQ(verdict(server(std::chrono::seconds(0)), "read_only"), Verdict::ok);
  MariaDbServer::run(*db_, "SET GLOBAL read_only = 1");
  const auto findings = server(std::chrono::seconds(0));
  MariaDbServer::run(*db_, "SET GLOBAL read_only = 0");
  EXPECT_EQ(verdict(findings, "read_only"), Verdict::problem);
}

}  // namespace
}  // namespace postern::wordpress
