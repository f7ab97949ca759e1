#include "store/wordpress/site_passwords.h"
#include "store/wordpress/site_users.h"
#include "support/wordpress_site.h"
#include "wordpress/reset_key.h"

namespace postern::wordpress {
namespace {

class SiteUsersTest : public testing::Test {
 protected:
  SiteUsersTest()
      : pool_(site_.server().address(site_.database())),
        users_({.pool = pool_, .reader = site_.reader(), .clock = site_.clock()}) {}

  std::vector<std::int64_t> ids(const UserPage& page) {
    const auto list = users_.list_users(page);
    EXPECT_TRUE(list) << list.error().message << list.error().detail;
    std::vector<std::int64_t> out;
    if (!list) return out;
    for (const User& user : list->users) out.push_back(user.id.value);
    return out;
  }

  WordpressSite site_;
  mariadb::Pool pool_;
  SiteUsers users_;
};

TEST_F(SiteUsersTest, ReadsPeopleAsTheyWereWritten) {
  site_.deliver({{"2715b18cdca3407ddf4a02e63e1f08cc",
                  "email=Tom%26J@example.com&first_name=Tom+%26+Jerry&last_name=i%3A5%3B&user_login=tj"}});
  ASSERT_TRUE(site_.result());
  const auto user = users_.find_user("tom&j@example.com");
  ASSERT_TRUE(user && *user) << user.error().detail;
  EXPECT_EQ((*user)->id, UserId{19});
  EXPECT_EQ((*user)->email, "Tom&J@example.com");
  EXPECT_EQ((*user)->login, "tj");
  EXPECT_EQ((*user)->first_name, "Tom & Jerry");
  EXPECT_EQ((*user)->last_name, "i:5;");
  EXPECT_EQ((*user)->display_name, "Tom & Jerry i:5;");
  EXPECT_EQ((*user)->role, "subscriber");
  EXPECT_EQ((*user)->created_at, site_.clock().now());
  EXPECT_FALSE((*user)->administrator);
  EXPECT_TRUE(users_.user_by_id(UserId{1}).value()->administrator);
  EXPECT_FALSE(users_.user_by_id(UserId{99}).value());
  EXPECT_FALSE(users_.find_user("nobody@example.com").value());
}

TEST_F(SiteUsersTest, WaitsForNoOpenBatch) {
  site_.run("START TRANSACTION");
  site_.run("UPDATE wp_users SET display_name = 'x' WHERE ID = 10");
  site_.value("SELECT COUNT(*) FROM wp_users WHERE user_email > '' FOR UPDATE");
  pool_.lease().value()->execute("SET innodb_lock_wait_timeout = 1").value();
  EXPECT_EQ(users_.find_user("johnny@elsewhere.test").value()->id, UserId{10});
  site_.run("ROLLBACK");
}

TEST_F(SiteUsersTest, ListsPages) {
  EXPECT_EQ(ids({.limit = 2}), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(ids({.after = UserId{16}}), (std::vector<std::int64_t>{17, 18}));
  EXPECT_EQ(users_.list_users({.limit = 2}).value().next, UserId{2});
  EXPECT_FALSE(users_.list_users({.limit = 18}).value().next);
  EXPECT_EQ(ids({.member_of = SpaceId{7}}), (std::vector<std::int64_t>{9}));
  site_.run("UPDATE wp_users SET user_email = 'zed@x.test', user_login = 'found1' WHERE ID = 5");
  site_.run("UPDATE wp_users SET user_email = 'Found@x.test', user_login = 'zed' WHERE ID = 9");
  site_.run("UPDATE wp_users SET user_email = 'zee@x.test', user_login = 'FOUND0' WHERE ID = 12");
  EXPECT_EQ(ids({.search = "found"}), (std::vector<std::int64_t>{9, 12, 5})) << "e-mails first, then logins by login";
  EXPECT_EQ(ids({.search = "found", .limit = 1}), (std::vector<std::int64_t>{9}));
  EXPECT_EQ(ids({.after = UserId{9}, .search = "found", .limit = 1}), (std::vector<std::int64_t>{12}));
  EXPECT_EQ(ids({.after = UserId{12}, .search = "found"}), (std::vector<std::int64_t>{5}));
  EXPECT_TRUE(ids({.search = "f%"}).empty()) << "a search is no pattern";
  EXPECT_EQ(users_.list_users({.after = UserId{99}, .search = "found"}).error().code, Errc::invalid);
}

TEST_F(SiteUsersTest, KnowsWhoIsIn) {
  const auto members = users_.members(SpaceId{3}, UserId{6}, 10);
  ASSERT_TRUE(members);
  ASSERT_EQ(members->size(), 3U) << "two rows of PHP's are one membership";
  EXPECT_EQ((*members)[0].user.id, UserId{14});
  EXPECT_EQ((*members)[0].row.membership.status, MembershipStatus::blocked);
  EXPECT_EQ((*members)[2].user.id, UserId{16});
  EXPECT_EQ(users_.members(SpaceId{3}, UserId{0}, 2).value().size(), 2U);
  EXPECT_EQ(users_.member_counts().value().at(SpaceId{7}), 1);
  const auto rows = users_.memberships(UserId{15});
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ((*rows)[1].membership.space, SpaceId{5});
  EXPECT_EQ((*rows)[1].since, site_.reader().read(site_.db())->zone.from_local("2026-11-23 14:06:23"));
  EXPECT_EQ(users_.counts().value().users, 18);
  EXPECT_EQ(users_.counts().value().memberships, 13);
}

TEST_F(SiteUsersTest, ChangesMembershipsByHand) {
  const Membership moderator{SpaceId{3}, Role::moderator, MembershipStatus::active};
  ASSERT_TRUE(users_.set_membership(UserId{16}, moderator, site_.clock().now()));
  EXPECT_EQ(site_.value("SELECT GROUP_CONCAT(id, role) FROM wp_fcom_space_user WHERE user_id = '16'"), "13moderator");
  ASSERT_TRUE(users_.set_membership(UserId{17}, moderator, site_.clock().now()));
  EXPECT_EQ(users_.memberships(UserId{17}).value().front().membership, moderator);
  EXPECT_EQ(users_.memberships(UserId{17}).value().front().since, site_.clock().now());
  EXPECT_EQ(users_.set_membership(UserId{99}, moderator, site_.clock().now()).error().code, Errc::not_found);
  const Membership group{SpaceId{1}, Role::member, MembershipStatus::active};
  EXPECT_EQ(users_.set_membership(UserId{17}, group, site_.clock().now()).error().code, Errc::not_found);
  ASSERT_TRUE(users_.remove_membership(UserId{15}, SpaceId{5}));
  EXPECT_EQ(site_.value("SELECT meta_value FROM wp_usermeta WHERE user_id = 15 AND meta_key = '_fcom_space_ids'"),
            "a:3:{i:0;i:3;i:1;i:6;i:2;i:7;}");
  EXPECT_EQ(users_.remove_membership(UserId{15}, SpaceId{5}).error().code, Errc::not_found);
}

TEST_F(SiteUsersTest, ChangesUsersByHand) {
  ASSERT_TRUE(users_.set_administrator(UserId{2}, true));
  EXPECT_TRUE(users_.user_by_id(UserId{2}).value()->administrator);
  EXPECT_EQ(site_.value("SELECT meta_value FROM wp_usermeta WHERE user_id = 2 AND meta_key = 'wp_user_level'"), "10");
  ASSERT_TRUE(users_.set_administrator(UserId{2}, false));
  EXPECT_EQ(users_.user_by_id(UserId{2}).value()->role, "subscriber");
  ASSERT_TRUE(users_.edit_user(UserId{2}, {.role = "editor", .meta = "{\"a\":1}"}));
  EXPECT_EQ(users_.user_by_id(UserId{2}).value()->role, "editor");
  EXPECT_EQ(users_.user_by_id(UserId{2}).value()->meta, "{\"a\":1}");
  EXPECT_EQ(users_.edit_user(UserId{2}, {.role = "administrator"}).error().code, Errc::invalid);
  EXPECT_EQ(users_.edit_user(UserId{99}, {}).error().code, Errc::not_found);
  EXPECT_EQ(users_.set_administrator(UserId{99}, true).error().code, Errc::not_found);
  ASSERT_TRUE(users_.remove_user(UserId{2}));
  EXPECT_EQ(users_.remove_user(UserId{2}).error().code, Errc::not_found);
  for (const char* left : {"wp_usermeta", "wp_fcom_xprofile", "wp_fcom_space_user"}) {
    EXPECT_EQ(site_.value("SELECT COUNT(*) FROM " + std::string(left) + " WHERE user_id = 2"), "0") << left;
  }
  EXPECT_EQ(site_.value("SELECT option_value FROM wp_options WHERE option_name = 'user_count'"), "17");
}

TEST_F(SiteUsersTest, KnowsPasswordsAndResetKeys) {
  const auto byname = users_.find_credentials("JohnDoe");
  ASSERT_TRUE(byname && *byname);
  EXPECT_EQ((*byname)->user.id, UserId{10});
  EXPECT_FALSE((*byname)->password_hash.empty());
  EXPECT_EQ(users_.find_credentials("JOHNNY@elsewhere.test").value()->user.id, UserId{10});
  EXPECT_FALSE(users_.find_credentials("nobody").value());
  EXPECT_FALSE(users_.find_credentials("j\xC3\xB3hndoe").value()) << "the collation takes it for johndoe";

  SeededRandom random(3);
  const Secret password("it's new");
  const auto hash = hash_typed_password(password, PasswordRules::since_6_8, random, 4);
  const Secret key = make_reset_key(random);
  ASSERT_TRUE(
      users_.set_reset_key(UserId{10}, stored_reset_key(key, site_.clock().now(), PasswordRules::since_6_8, random)));
  EXPECT_EQ(check_reset_key(key, site_.value("SELECT user_activation_key FROM wp_users WHERE ID = 10"),
                            site_.clock().now(), PasswordRules::since_6_8),
            ResetKeyState::ok);
  ASSERT_TRUE(users_.set_user_password(UserId{10}, *hash));
  EXPECT_TRUE(check_password(typed_password(password), users_.credentials_of(UserId{10}).value()->password_hash,
                             PasswordRules::since_6_8));
  EXPECT_EQ(site_.value("SELECT user_activation_key FROM wp_users WHERE ID = 10"), "");
  site_.run("UPDATE wp_users SET user_pass = '*' WHERE ID = 10");
  EXPECT_EQ(users_.credentials_of(UserId{10}).value()->password_hash, "");
  EXPECT_EQ(users_.set_user_password(UserId{99}, *hash).error().code, Errc::not_found);
  EXPECT_EQ(users_.set_reset_key(UserId{99}, "x").error().code, Errc::not_found);
}

TEST_F(SiteUsersTest, HashesPasswordsAsTheSiteDoes) {
  SeededRandom random(5);
  SitePasswords passwords(pool_, site_.reader(), random);
  site_.run("UPDATE wp_users SET user_pass = CONCAT('$wp$2y$04$', REPEAT('x', 53)) WHERE ID = 18");
  const Secret password("pa'ss");
  const std::string hash = passwords.hash(password).value();
  EXPECT_TRUE(hash.starts_with("$wp$2y$04$")) << "the cost is that of the site's newest hash";
  EXPECT_TRUE(passwords.verify(hash, password));
  EXPECT_FALSE(passwords.verify(hash, Secret("pass")));
  EXPECT_FALSE(passwords.verify("", password));
  EXPECT_NE(passwords.hash(password).value(), hash) << "each has its own salt";

  site_.run("UPDATE wp_options SET option_value = '57155' WHERE option_name = 'db_version'");
  site_.run("UPDATE wp_users SET user_pass = '', user_activation_key = ''");
  const std::string old = passwords.hash(password).value();
  EXPECT_TRUE(old.starts_with("$P$B")) << "WordPress before 6.8 lets nobody in with the new ones";
  EXPECT_TRUE(passwords.verify(old, password));

  mariadb::Address nowhere = site_.server().address(site_.database());
  nowhere.socket += ".gone";
  mariadb::Pool gone(nowhere);
  const SitePasswords unread(gone, site_.reader(), random);
  EXPECT_TRUE(unread.hash(password).value().starts_with("$P$B")) << "without the database what every version takes";
}

}  // namespace
}  // namespace postern::wordpress
