// What the recordings do not show: exact addresses, rows that PHP has made twice, batches, refusals.
#include "store/wordpress/names.h"
#include "store/wordpress/new_users.h"
#include "support/wordpress_site.h"
#include "wordpress/php_serialize.h"

#include <thread>

namespace postern {
namespace {

constexpr const char* kPlain = "2715b18cdca3407ddf4a02e63e1f08cc";      // Adds to space 3.
constexpr const char* kRemovePub = "064f3829cc9bbaa8cb02192f2e28c3d0";  // Removes from space 3.

class SiteTransactionTest : public testing::Test {
 protected:
  Facts facts_of(const std::string& key, const std::vector<SpaceId>& spaces = {}) {
    const auto options = site_.reader().read(site_.db());
    wordpress::SiteTransaction transaction(site_.db(), site_.tables(), *options);
    const FactsQuery query{key, spaces};
    const auto facts = transaction.facts({&query, 1});
    EXPECT_TRUE(facts) << facts.error().message << facts.error().detail;
    return facts ? facts->front() : Facts();
  }

  std::int64_t statements() {
    return std::stoll(
        site_.value("SELECT VARIABLE_VALUE FROM information_schema."
                    "SESSION_STATUS WHERE VARIABLE_NAME = 'QUESTIONS'"));
  }

  // How many statements a batch of so many new people takes.
  std::int64_t statements_of(const std::string& name, int people) {
    std::vector<Arrival> arrivals;
    for (int i = 0; i < people; ++i) {
      arrivals.push_back(site_.arrival(kPlain, "email=" + name + std::to_string(i) + "@batch.test"));
    }
    site_.deliver(arrivals);  // The catalog is read in it too, each time alike.
    EXPECT_TRUE(site_.result());
    site_.run("DELETE FROM wp_users WHERE ID > 18");
    for (Arrival& each : arrivals) each.email_key.insert(0, "x"), each.event.email.insert(0, "x");
    const std::int64_t before = statements();
    site_.deliver(arrivals);
    EXPECT_TRUE(site_.result());
    return statements() - before;
  }

  WordpressSite site_;
};

TEST_F(SiteTransactionTest, FindsAddressesExactly) {
  site_.run("UPDATE wp_users SET user_email = 'Jos\xC3\xA9@example.com' WHERE ID = 2");
  EXPECT_FALSE(facts_of("jose@example.com").user) << "the collation takes \xC3\xA9 for e";
  site_.run("UPDATE wp_users SET user_email = 'Jose@Example.COM' WHERE ID IN (4, 3)");
  EXPECT_EQ(facts_of("jose@example.com").user, UserId{3}) << "the lowest number of several";
  site_.run("UPDATE wp_users SET user_email = 'a&amp;b@example.com' WHERE ID = 5");
  EXPECT_EQ(facts_of("a&b@example.com").user, UserId{5});
  EXPECT_FALSE(facts_of("a&amp;b@example.com").user);
  EXPECT_FALSE(facts_of("nobody@example.com").user);
}

TEST_F(SiteTransactionTest, KnowsAdministratorsByRoleAndCapability) {
  EXPECT_TRUE(facts_of("admin@oracle.test").administrator);
  EXPECT_FALSE(facts_of("editor@example.com").administrator);
  site_.run(
      "UPDATE wp_usermeta SET meta_value = 'a:1:{s:14:\"manage_options\";b:1;}' WHERE user_id = 17 AND meta_key "
      "= 'wp_capabilities'");
  EXPECT_TRUE(facts_of("editor@example.com").administrator);
  site_.run(
      "UPDATE wp_usermeta SET meta_value = 'a:1:{s:13:\"administrator\";b:0;}' WHERE user_id = 17 AND meta_key "
      "= 'wp_capabilities'");
  EXPECT_FALSE(facts_of("editor@example.com").administrator);
  site_.run("UPDATE wp_usermeta SET meta_value = 'damaged' WHERE user_id = 17 AND meta_key = 'wp_capabilities'");
  EXPECT_FALSE(facts_of("editor@example.com").administrator);
}

TEST_F(SiteTransactionTest, MakesOneMembershipOfSeveralRows) {
  EXPECT_EQ(facts_of("duprows@example.com", {{3}, {4}}).memberships,
            (std::vector<Membership>{{SpaceId{3}, Role::member, MembershipStatus::active}}));
  site_.run("UPDATE wp_fcom_space_user SET status = 'blocked' WHERE id = 14");
  EXPECT_EQ(facts_of("duprows@example.com", {{3}}).memberships.front().status, MembershipStatus::blocked)
      << "blocked members stay blocked";
  EXPECT_TRUE(facts_of("duprows@example.com", {{4}}).memberships.empty()) << "only what was asked about";
  site_.run("UPDATE wp_fcom_space_user SET status = 'active' WHERE id = 14");
  site_.deliver({{kRemovePub, "email=duprows@example.com"}});
  EXPECT_EQ(site_.value("SELECT COUNT(*) FROM wp_fcom_space_user WHERE user_id = '16'"), "0");
}

TEST_F(SiteTransactionTest, ABatchKnowsWhatItHasDone) {
  const auto arrivals = site_.deliver({{kPlain, "email=new@example.com&first_name=Ada"},
                                       {kPlain, "email=NEW@example.com&first_name=Eve"},
                                       {kRemovePub, "email=new@example.com"},
                                       {kPlain, "email=new@example.com"},
                                       {kPlain, "email=a.b@example.com&user_login=a.b"},
                                       {kPlain, "email=a-b@example.com&user_login=a-b"}});
  ASSERT_TRUE(site_.result()) << site_.result().error().message << site_.result().error().detail;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(arrivals[i].delivery.user, UserId{19}) << i;
  EXPECT_TRUE(arrivals[0].delivery.user_created);
  EXPECT_FALSE(arrivals[1].delivery.user_created);
  EXPECT_EQ(site_.value("SELECT GROUP_CONCAT(user_login, '/', user_nicename ORDER BY ID) FROM wp_users WHERE ID > 18"),
            "new/new,a.b/a-b,a-b/a-b-2");
  EXPECT_EQ(site_.value("SELECT GROUP_CONCAT(user_id, status) FROM wp_fcom_space_user WHERE user_id > 18"),
            "19active,20active,21active");
  EXPECT_EQ(site_.value("SELECT GROUP_CONCAT(username ORDER BY id) FROM wp_fcom_xprofile WHERE user_id > 18"),
            "new,a.b,ab2")
      << "profiles are told apart too";
  EXPECT_NE(site_.value("SELECT value FROM wp_fcom_meta WHERE id = 2").find("s:13:\"running_count\";i:5;"),
            std::string::npos);
}

TEST_F(SiteTransactionTest, LeavingAndComingBackMakesANewRow) {
  site_.deliver({{kRemovePub, "email=member@example.com"}, {kPlain, "email=member@example.com"}});
  ASSERT_TRUE(site_.result());
  EXPECT_EQ(site_.value("SELECT GROUP_CONCAT(id) FROM wp_fcom_space_user WHERE user_id = '2'"), "15");
}

TEST_F(SiteTransactionTest, StatementsDoNotGrowWithTheBatch) {
  const std::int64_t few = statements_of("few", 16);
  const std::int64_t many = statements_of("many", 256);
  EXPECT_LE(many, few + 14) << "256 users have 3,584 rows of meta: 14 statements";
  EXPECT_LT(few, 60);
}

TEST_F(SiteTransactionTest, ASiteThatWouldMakeAdministratorsMakesNobody) {
  site_.run("UPDATE wp_options SET option_value = 'administrator' WHERE option_name = 'default_role'");
  const auto arrivals = site_.deliver({{kPlain, "email=new@example.com"}, {kPlain, "email=johnny@elsewhere.test"}});
  ASSERT_TRUE(site_.result());
  EXPECT_EQ(arrivals[0].delivery.code, "user_creation_disabled");
  EXPECT_NE(arrivals[0].delivery.message.find("Default Role"), std::string::npos) << "the log says why";
  EXPECT_EQ(arrivals[0].rejection->message.find("Default Role"), std::string::npos) << "the sender need not know";
  EXPECT_EQ(arrivals[1].delivery.user, UserId{10}) << "who is there already is served";
  EXPECT_EQ(site_.value("SELECT COUNT(*) FROM wp_users"), "18");
  // Nor does anything else make one.
  const auto options = site_.reader().read(site_.db());
  const NewUser user{.email = "new@example.com", .login = "new"};
  const NewUser* const pointer = &user;
  const wordpress::SiteWrite write{site_.db(), site_.tables(), *options, site_.clock().now(), "2026-11-24 11:30:00"};
  EXPECT_EQ(wordpress::insert_users(write, {&pointer, 1}).error().code, Errc::invalid);
}

TEST_F(SiteTransactionTest, PhpWaitsWithTheSameAddress) {
  site_.run("START TRANSACTION");
  EXPECT_FALSE(facts_of("new@example.com").user);
  auto php = site_.server().connect(site_.database());
  MariaDbServer::run(*php, "SET innodb_lock_wait_timeout = 1");
  const auto inserted = php->execute("INSERT INTO wp_users (user_login, user_email) VALUES ('x', 'new@example.com')");
  EXPECT_FALSE(inserted) << "somebody registered an address between its being looked up and the commit";
  EXPECT_EQ(php->last_fault(), mariadb::Fault::lock_timeout);
  site_.run("ROLLBACK");
  EXPECT_TRUE(php->execute("INSERT INTO wp_users (user_login, user_email) VALUES ('x', 'new@example.com')"));
}

TEST_F(SiteTransactionTest, ChoosesNamesInFewRounds) {
  for (int i = 2; i < 300; ++i) {
    const std::string n = std::to_string(i);
    site_.run("INSERT INTO wp_users (user_login, user_nicename) VALUES ('l" + n + "', 'info-" + n + "')");
  }
  site_.run("INSERT INTO wp_users (user_login, user_nicename) VALUES ('l1', 'INFO')");
  int rounds = 0;
  std::vector<wordpress::Nameless> people;
  for (int i = 0; i < 2; ++i) {
    people.push_back({[n = 0U]() mutable { return wordpress::nicename_candidate("info", ++n); }});
  }
  const auto names = wordpress::choose_names(people, [&](std::span<const std::string> asked) {
    ++rounds;
    return wordpress::owners_of_nicenames(site_.db(), site_.tables(), asked);
  });
  ASSERT_TRUE(names);
  EXPECT_EQ(*names, (std::vector<std::string>{"info-300", "info-301"}));
  EXPECT_LE(rounds, 9);
}

// At a strict server: 02:30 on the last Sunday of March does not exist in Berlin, and does in Kolkata.
TEST(SiteTimes, AServerInAnotherTimeZoneTakesTheSitesHour) {
  ::setenv("TZ", "Europe/Berlin", 1);
  MariaDbServer server;
  ::unsetenv("TZ");
  auto db = server.connect(server.make_database());
  MariaDbServer::run(*db, "CREATE TABLE t (at TIMESTAMP NULL)");
  ASSERT_FALSE(db->execute("INSERT INTO t VALUES ('2026-03-29 02:30:00')"))
      << "it is taken as it is: nothing is tested";
  const auto times =
      wordpress::storable_times(*db, {"2026-03-29 02:30:00", "2026-11-24 11:30:00", "1890-01-01 00:00:00"});
  ASSERT_TRUE(times);
  EXPECT_EQ((*times)[0], "2026-03-29 03:00:00");
  EXPECT_EQ((*times)[1], "2026-11-24 11:30:00");
  MariaDbServer::run(*db, "INSERT INTO t VALUES ('" + (*times)[0] + "')");
}

TEST_F(SiteTransactionTest, ReadsTheOptionsOfTheSite) {
  auto options = site_.reader().read(site_.db());
  ASSERT_TRUE(options);
  EXPECT_EQ(options->zone.local_text(site_.clock().now()), "2026-11-24 11:30:00");
  EXPECT_EQ(options->rules.version, (wordpress::WpVersion{7, 1}));
  EXPECT_EQ(options->rules.role, "subscriber");
  EXPECT_EQ(options->version.password_rules, wordpress::PasswordRules::since_6_8);
  EXPECT_EQ(options->blog_name, "Oracle &amp; Friends Community");
  EXPECT_EQ(options->home, "http://127.0.0.1:8090");
  EXPECT_TRUE(options->courses);
  EXPECT_TRUE(options->refuses_new_users.empty());

  site_.run("UPDATE wp_options SET option_value = '' WHERE option_name = 'timezone_string'");
  site_.run("UPDATE wp_options SET option_value = '-3.5' WHERE option_name = 'gmt_offset'");
  site_.run("UPDATE wp_options SET option_value = 'editor' WHERE option_name = 'default_role'");
  site_.run("UPDATE wp_options SET option_value = '10001' WHERE option_name = 'user_count'");
  options = site_.reader().read(site_.db());
  ASSERT_TRUE(options);
  EXPECT_EQ(options->zone.local_text(site_.clock().now()), "2026-11-24 02:30:00");
  EXPECT_EQ(options->rules.user_level, 7);
  EXPECT_FALSE(options->keeps_user_count);

  for (const char* bad : {"Mars/Olympus", "../../etc/passwd"}) {
    site_.run("UPDATE wp_options SET option_value = '" + std::string(bad) + "' WHERE option_name = 'timezone_string'");
    options = site_.reader().read(site_.db());
    ASSERT_FALSE(options) << bad;
    EXPECT_EQ(options.error().code, Errc::unavailable);
    EXPECT_NE(options.error().detail.find(bad), std::string::npos);
  }
  site_.run("UPDATE wp_options SET option_value = 'UTC' WHERE option_name = 'timezone_string'");
  site_.run("DELETE FROM wp_options WHERE option_name = 'wp_user_roles'");
  EXPECT_FALSE(site_.reader().read(site_.db()));
}

}  // namespace
}  // namespace postern
