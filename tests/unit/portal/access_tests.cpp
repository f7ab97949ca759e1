// Access checks, and where a login may lead.
#include "unit/portal/portal_site.h"

namespace postern {
namespace {

class PortalAccess : public testing::Test {
 protected:
  void join(const char* slug, Role role, MembershipStatus status = MembershipStatus::active,
            SpaceKind kind = SpaceKind::space) {
    const SpaceId id = site_.store.add_space({.kind = kind, .slug = slug, .title = slug}).value();
    ASSERT_TRUE(site_.store.set_membership(ada_, {id, role, status}, site_.clock.now()));
  }
  Browser logged_in() {
    Browser browser(site_);
    EXPECT_EQ(browser.log_in("ada", "glacier+otter+mundane").status, 303);
    return browser;
  }

  PortalSite site_{{.cookie_domain = "example"}};
  UserId ada_ = site_.add_user("Ada@example.com", "ada", "glacier otter mundane");
};

TEST_F(PortalAccess, MembersComeInWithTheirNames) {
  join("premium", Role::moderator);
  join("piano", Role::student, MembershipStatus::active, SpaceKind::course);
  Browser browser = logged_in();
  const Page page = browser.get("/auth/space/premium");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body, "");
  EXPECT_EQ(page.header("X-Postern-User"), "ada");
  EXPECT_EQ(page.header("X-Postern-Email"), "Ada@example.com");
  EXPECT_EQ(page.header("X-Postern-Role"), "moderator");
  EXPECT_EQ(browser.get("/auth/course/piano").header("X-Postern-Role"), "student");
  EXPECT_EQ(browser.get("/auth/space/piano").status, 403);
  EXPECT_EQ(browser.get("/auth/course/premium").status, 403);
}

TEST_F(PortalAccess, OthersDoNotAndAreToldWhy) {
  join("waiting", Role::member, MembershipStatus::pending);
  join("closed", Role::admin, MembershipStatus::blocked);
  ASSERT_TRUE(site_.store.add_space({.slug = "other", .title = "Other"}));
  Browser browser = logged_in();
  const std::pair<const char*, const char*> cases[] = {
      {"waiting", "pending"}, {"closed", "blocked"}, {"other", "not_a_member"}, {"none", "no_such_space"}};
  for (const auto& [slug, reason] : cases) {
    const Page page = browser.get(std::string("/auth/space/") + slug);
    EXPECT_EQ(page.status, 403) << slug;
    EXPECT_EQ(page.header("X-Postern-Reason"), reason);
    EXPECT_EQ(page.header("X-Postern-User"), "");
    EXPECT_EQ(page.header("X-Postern-Email"), "");
  }
  EXPECT_TRUE(browser.get("/auth/space/waiting", {{"Accept", "text/html"}}).has("waits for approval"));
}

TEST_F(PortalAccess, NobodyIsShownTheLogin) {
  join("premium", Role::member);
  Browser browser(site_);
  const Page page = browser.get("/auth/space/premium");
  EXPECT_EQ(page.status, 401);
  EXPECT_EQ(page.header("Location"), "https://postern.example/account/login");
  EXPECT_FALSE(page.has("<html"));
  browser.cookies["__Secure-postern_member"] = std::string(43, 'x');
  EXPECT_EQ(browser.get("/auth/space/none").status, 401);
}

TEST_F(PortalAccess, ATrustedProxySaysWhereTheVisitorWas) {
  Browser browser(site_);
  const std::map<std::string, std::string> forwarded{{"X-Forwarded-Proto", "https"},
                                                     {"X-Forwarded-Host", "members.example"},
                                                     {"X-Forwarded-Uri", "/a?b=1&c"},
                                                     {"Accept", "text/html,*/*"}};
  EXPECT_EQ(browser.get("/auth/space/x", forwarded).header("Location"), "https://postern.example/account/login");
  browser.ip = "192.0.2.10";
  const std::string login = "https://postern.example/account/login?next=https%3A//members.example/a%3Fb%3D1%26c";
  const Page page = browser.get("/auth/space/x", forwarded);
  EXPECT_EQ(page.status, 401);
  EXPECT_EQ(page.header("Location"), login);
  EXPECT_TRUE(page.has("content=\"0; url=" + login + "\"")) << page.body;
  auto foreign = forwarded;
  foreign["X-Forwarded-Host"] = "evil.test";
  EXPECT_EQ(browser.get("/auth/space/x", foreign).header("Location"), "https://postern.example/account/login");
  auto own = forwarded;
  own["X-Forwarded-Host"] = "postern.example";
  EXPECT_EQ(browser.get("/auth/space/x", own).header("Location"),
            "https://postern.example/account/login?next=/a%3Fb%3D1%26c");
}

TEST_F(PortalAccess, AccessEndsWithTheMembershipTheSessionAndTheUser) {
  join("premium", Role::member);
  Browser browser = logged_in();
  const Space space = site_.store.load_catalog()->spaces.front();
  ASSERT_TRUE(site_.store.remove_membership(ada_, space.id));
  EXPECT_EQ(browser.get("/auth/space/premium").status, 403);
  ASSERT_TRUE(site_.store.set_membership(ada_, {space.id}, site_.clock.now()));
  EXPECT_EQ(browser.get("/auth/space/premium").status, 200);
  site_.clock.advance(std::chrono::hours{23});
  EXPECT_EQ(browser.get("/auth/space/premium").status, 200);  // This keeps the session alive.
  site_.clock.advance(std::chrono::hours{23});
  EXPECT_EQ(browser.get("/auth/space/premium").status, 200);
  ASSERT_TRUE(site_.store.set_user_password(ada_, "another"));
  EXPECT_EQ(browser.get("/auth/space/premium").status, 401);
}

TEST_F(PortalAccess, APlainCookieDoesNotCountOverTls) {
  join("premium", Role::member);
  Browser browser = logged_in();
  const std::string secret = browser.cookies["__Secure-postern_member"];
  browser.cookies = {{"postern_member", secret}};
  EXPECT_EQ(browser.get("/auth/space/premium").status, 401);
  browser.cookies = {{"__Secure-postern_member", secret}};
  browser.tls = false;
  browser.ip = "127.0.0.1";  // A proxy on the same machine.
  EXPECT_EQ(browser.get("/auth/space/premium").status, 200);
}

TEST_F(PortalAccess, OtherQuestionsAreRefused) {
  Browser browser(site_);
  for (const char* target : {"/auth/space/", "/auth/space/a/b", "/auth/x/y", "/auth/"}) {
    EXPECT_EQ(browser.get(target).status, 404) << target;
  }
  EXPECT_EQ(browser.post("/auth/space/x", "").status, 405);
  browser.tls = false;
  EXPECT_EQ(browser.get("/auth/space/x").status, 403);
}

TEST(ReturnTo, OnlyOurPlaces) {
  const ReturnPolicy policy{.own_host = "postern.example:8443", .cookie_domain = "example.com"};
  for (const char* good : {"/", "/a/b?c=d#e", "https://postern.example:8443/x", "http://example.com",
                           "https://example.com/", "https://www.Example.COM:444/a?b", "https://a.b.example.com?x"}) {
    EXPECT_EQ(return_to(good, policy), good);
  }
  const std::vector<std::string> bad{"",
                                     "account",
                                     "//evil.test",
                                     "/\\evil.test",
                                     "\\/evil.test",
                                     "/a\\b",
                                     "https://evil.test/",
                                     "https://evil.test/example.com",
                                     "https://example.com.evil.test/",
                                     "https://evilexample.com/",
                                     "https://example.com@evil.test/",
                                     "https://evil.test#example.com",
                                     "https://evil.test\\.example.com/",
                                     "https:///example.com",
                                     "https:example.com",
                                     "HTTPS://example.com/",
                                     "javascript:alert(1)",
                                     "data:text/html,x",
                                     "/a\r\nSet-Cookie: x=y",
                                     "/a\tb",
                                     "/\xc3\xa9",
                                     " /a",
                                     "/" + std::string(2000, 'a')};
  for (const std::string& each : bad) EXPECT_EQ(return_to(each, policy), "/account") << each;
  EXPECT_EQ(return_to("https://www.example.com/", {.own_host = "postern.example"}), "/account");
}

}  // namespace
}  // namespace postern
