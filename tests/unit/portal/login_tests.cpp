// Logging in and out, forms, and the forgotten password.
#include "unit/portal/portal_site.h"

namespace postern {
namespace {

constexpr const char* kPassword = "glacier+otter+mundane";  // As it stands in a form.
const std::string kTyped = "glacier otter mundane";

TEST(PortalLogin, LeadsToThePersonsOwnPage) {
  PortalSite site;
  const UserId ada = site.add_user("ada@example.com", "ada", kTyped);
  const SpaceId space = site.store.add_space({.slug = "premium", .title = "Premium <1>"}).value();
  const SpaceId course = site.store.add_space({.kind = SpaceKind::course, .slug = "piano", .title = "Piano"}).value();
  ASSERT_TRUE(site.store.set_membership(ada, {space, Role::moderator}, site.clock.now()));
  ASSERT_TRUE(site.store.set_membership(ada, {course, Role::student, MembershipStatus::pending}, site.clock.now()));
  Browser browser(site);
  const Page first = browser.get("/account");
  EXPECT_EQ(first.status, 303);
  EXPECT_EQ(first.header("Location"), "/account/login");
  const Page done = browser.log_in("ADA%40example.com", kPassword);
  EXPECT_EQ(done.status, 303);
  EXPECT_EQ(done.header("Location"), "/account");
  const Page home = browser.get("/account");
  EXPECT_EQ(home.status, 200);
  EXPECT_TRUE(home.has("Premium &lt;1&gt;")) << home.body;
  EXPECT_TRUE(home.has("Moderator since 2030-01-01"));
  EXPECT_TRUE(home.has("Waiting for approval"));
  EXPECT_TRUE(home.has("Garden &amp; Co"));
  EXPECT_EQ(browser.get("/account/login").header("Location"), "/account");
}

TEST(PortalLogin, CookieIsSafeAndNewAtEveryLogin) {
  PortalSite site;
  site.add_user("ada@example.com", "ada", kTyped);
  Browser browser(site);
  browser.cookies["__Host-postern_member"] = "chosen-by-somebody-else";
  const Page done = browser.log_in("ada", kPassword);
  ASSERT_EQ(done.cookies.size(), 1U);
  EXPECT_TRUE(done.cookies[0].starts_with("__Host-postern_member=")) << done.cookies[0];
  EXPECT_TRUE(done.cookies[0].ends_with("; Max-Age=259200; Path=/; HttpOnly; SameSite=Lax; Secure")) << done.cookies[0];
  const std::string first = browser.cookies["__Host-postern_member"];
  EXPECT_NE(first, "chosen-by-somebody-else");
  Browser other(site);
  other.log_in("ada", kPassword);
  EXPECT_NE(other.cookies["__Host-postern_member"], first);
}

TEST(PortalLogin, CookieForADomainHasAnotherName) {
  PortalSite site({.cookie_domain = "example"});
  site.add_user("ada@example.com", "ada", kTyped);
  Browser browser(site);
  const Page done = browser.log_in("ada", kPassword);
  EXPECT_TRUE(done.cookies.at(0).starts_with("__Secure-postern_member="));
  EXPECT_NE(done.cookies[0].find("; Domain=example; Secure"), std::string::npos) << done.cookies[0];
  EXPECT_EQ(browser.get("/account").status, 200);
}

TEST(PortalLogin, AWrongPasswordAndAnUnknownAccountGetTheSameAnswer) {
  PortalSite site;
  site.add_user("ada@example.com", "ada", kTyped);
  site.add_user("new@example.com", "new");
  std::vector<Page> pages;
  for (const char* login : {"ada", "new", "zoe"}) {
    Browser browser(site);
    browser.cookies["__Host-postern_form"] = std::string(43, 'a');
    pages.push_back(browser.log_in(login, "wrong"));
    EXPECT_EQ(pages.back().status, 401);
    EXPECT_TRUE(pages.back().cookies.empty());
    const std::size_t typed = pages.back().body.find(login);
    ASSERT_NE(typed, std::string::npos);
    pages.back().body.replace(typed, 3, "...");
  }
  EXPECT_EQ(pages[0].body, pages[1].body);
  EXPECT_EQ(pages[0].body, pages[2].body);
  EXPECT_EQ(pages[0].headers, pages[2].headers);
}

TEST(PortalLogin, GuessingIsSlowedDownForKnownAndUnknownAccountsAlike) {
  PortalSite site;
  site.add_user("ada@example.com", "ada", kTyped);
  for (const char* login : {"ada", "zoe"}) {
    Browser browser(site);
    std::vector<int> statuses;
    for (int i = 0; i < 7; ++i) statuses.push_back(browser.log_in(login, "wrong").status);
    EXPECT_EQ(statuses, (std::vector<int>{401, 401, 401, 401, 401, 429, 429})) << login;
    EXPECT_EQ(browser.log_in(login, kPassword).header("Retry-After"), "1");
  }
  site.clock.advance(std::chrono::minutes{20});
  Browser browser(site);
  EXPECT_EQ(browser.log_in("ada", kPassword).status, 303);
}

TEST(PortalLogin, LogoutEndsTheSessionInTheStore) {
  PortalSite site;
  site.add_user("ada@example.com", "ada", kTyped);
  Browser browser(site);
  browser.log_in("ada", kPassword);
  const auto kept = browser.cookies;
  const Page out = browser.send("/account", "/account/logout", "x=");
  EXPECT_EQ(out.header("Location"), "/account/login?notice=logged_out");
  EXPECT_FALSE(browser.cookies.contains("__Host-postern_member"));
  Browser replayed(site);
  replayed.cookies = kept;
  EXPECT_EQ(replayed.get("/account").status, 303);
}

TEST(PortalLogin, LogoutEverywhereEndsTheOtherSessions) {
  PortalSite site;
  site.add_user("ada@example.com", "ada", kTyped);
  Browser browser(site);
  Browser other(site);
  browser.log_in("ada", kPassword);
  other.log_in("ada", kPassword);
  browser.send("/account", "/account/logout", "everywhere=1");
  EXPECT_EQ(other.get("/account").status, 303);
}

TEST(PortalLogin, SessionsEndByIdlenessAndByAge) {
  PortalSite site;
  site.add_user("ada@example.com", "ada", kTyped);
  Browser browser(site);
  browser.log_in("ada", kPassword);
  site.clock.advance(std::chrono::hours{23});
  EXPECT_EQ(browser.get("/account").status, 200);
  site.clock.advance(std::chrono::hours{23});
  EXPECT_EQ(browser.get("/account").status, 200);
  site.clock.advance(std::chrono::hours{25});
  EXPECT_EQ(browser.get("/account").status, 303);
  browser.log_in("ada", kPassword);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(browser.get("/account").status, 200) << i;
    site.clock.advance(std::chrono::hours{18});
  }
  EXPECT_EQ(browser.get("/account").status, 303);
}

TEST(PortalForms, WhatDoesNotComeFromOurFormsIsRefused) {
  PortalSite site;
  site.add_user("ada@example.com", "ada", kTyped);
  Browser browser(site);
  const std::string token = Browser::token(browser.get("/account/login"));
  ASSERT_EQ(token.size(), 43U);
  const std::string fields = "login=ada&password=" + std::string(kPassword) + "&form_token=";
  EXPECT_EQ(browser.post("/account/login", fields).status, 403);
  EXPECT_EQ(browser.post("/account/login", fields + std::string(43, 'A')).status, 403);
  EXPECT_EQ(browser.post("/account/login", fields + token, {{"Sec-Fetch-Site", "cross-site"}}).status, 403);
  EXPECT_EQ(browser
                .post("/account/login", fields + token,
                      {{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "same-origin"}})
                .status,
            403);
  EXPECT_EQ(browser.post("/account/login", fields + token, {{"Content-Type", "text/plain"}}).status, 415);
  EXPECT_EQ(browser.post("/account/login", "{}", {{"Content-Type", "application/json"}}).status, 415);
  Browser without_cookie(site);
  EXPECT_EQ(without_cookie.post("/account/login", fields + token).status, 403);
  EXPECT_EQ(browser.post("/account/login", fields + token).status, 303);
}

TEST(PortalForms, EachMethodIsKnown) {
  PortalSite site;
  Browser browser(site);
  const Page page = browser.post("/account", "");
  EXPECT_EQ(page.status, 405);
  EXPECT_EQ(page.header("Allow"), "GET, HEAD");
  EXPECT_EQ(browser.get("/account/logout").header("Allow"), "POST");
  EXPECT_EQ(browser.get("/account/nothing").status, 404);
}

TEST(PortalForms, PlainHttpFromElsewhereIsRefused) {
  PortalSite site;
  Browser browser(site);
  browser.tls = false;
  EXPECT_EQ(browser.get("/account/login").status, 403);
  browser.ip = "127.0.0.1";
  EXPECT_EQ(browser.get("/account/login").status, 200);
  EXPECT_EQ(browser.cookies.count("postern_form"), 1U);
}

TEST(PortalLogin, LeadsOnlyToOurPlaces) {
  PortalSite site({.cookie_domain = "shop.example"});
  site.add_user("ada@example.com", "ada", kTyped);
  const auto led = [&](const std::string& next) {
    Browser browser(site);
    return browser.send("/account/login?next=" + next, "/account/login",
                        "login=ada&password=" + std::string(kPassword) + "&next=" + next);
  };
  EXPECT_EQ(led("/course/1%3Fa%3D1").header("Location"), "/course/1?a=1");
  EXPECT_EQ(led("https%3A%2F%2Fevil.example%2F").header("Location"), "/account");
  const Page away = led("https%3A%2F%2Fwww.shop.example%2Fa%3Fb");
  EXPECT_EQ(away.status, 200);  // A form may not be answered with a redirect to another host.
  EXPECT_TRUE(away.has("content=\"0; url=https://www.shop.example/a?b\"")) << away.body;
}

TEST(PortalHeaders, EveryPageIsKeptSafe) {
  PortalSite site;
  Browser browser(site);
  for (const char* target : {"/account", "/account/login", "/account/nothing", "/account/set-password/x",
                             "/auth/space/x", "/account/style.css"}) {
    const Page page = browser.get(target);
    const std::string policy = page.header("Content-Security-Policy");
    EXPECT_TRUE(policy.starts_with("default-src 'none'; script-src 'none'")) << target;
    EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos) << target;
    EXPECT_EQ(page.header("Referrer-Policy"), "no-referrer") << target;
    EXPECT_EQ(page.header("Cross-Origin-Resource-Policy"), "same-origin") << target;
    EXPECT_FALSE(page.has("<script")) << target;
    EXPECT_FALSE(page.has(" style=")) << target;
  }
  EXPECT_EQ(browser.get("/account").header("Strict-Transport-Security"), "max-age=31536000; includeSubDomains");
}

TEST(PortalForgotten, QueuesOneMailAndSaysTheSameForNobody) {
  PortalSite site;
  const UserId ada = site.add_user("ada@example.com", "ada");
  Browser browser(site);
  browser.cookies["__Host-postern_form"] = std::string(43, 'a');
  const Page known = browser.send("/account/forgotten", "/account/forgotten", "login=Ada%40example.com");
  const Page unknown = browser.send("/account/forgotten", "/account/forgotten", "login=zoe%40example.com");
  EXPECT_EQ(known.status, 200);
  EXPECT_EQ(known.body, unknown.body);
  EXPECT_EQ(known.headers, unknown.headers);
  ASSERT_EQ(site.mails().size(), 1U);
  EXPECT_EQ(site.mails()[0].effect.user, ada);
  EXPECT_EQ(site.woken, 1);
  browser.send("/account/forgotten", "/account/forgotten", "login=ada");
  EXPECT_EQ(site.mails().size(), 1U);  // There was one just now.
  site.clock.advance(std::chrono::minutes{3});
  browser.send("/account/forgotten", "/account/forgotten", "login=ada");
  EXPECT_EQ(site.mails().size(), 2U);
}

TEST(PortalForgotten, NobodyIsLookedUpBeforeTheAnswer) {
  PortalSite site;
  site.add_user("ada@example.com", "ada");
  Browser browser(site);
  browser.work_afterwards = false;
  EXPECT_EQ(browser.send("/account/forgotten", "/account/forgotten", "login=ada").status, 200);
  EXPECT_TRUE(site.mails().empty());
}

TEST(PortalForgotten, IsThrottledAndNeedsAMailServer) {
  PortalSite site;
  Browser browser(site);
  int status = 0;
  for (int i = 0; i < 7; ++i) {
    status = browser.send("/account/forgotten", "/account/forgotten", "login=ada").status;
  }
  EXPECT_EQ(status, 429);
  EXPECT_EQ(browser.send("/account/forgotten", "/account/forgotten", "login=").status, 422);
  PortalSite silent({.can_mail = false});
  silent.add_user("ada@example.com", "ada");
  Browser other(silent);
  EXPECT_TRUE(other.get("/account/forgotten").has("cannot send e-mail"));
  other.post("/account/forgotten", "login=ada&form_token=" + Browser::token(other.get("/account/login")));
  EXPECT_TRUE(silent.mails().empty());
}

}  // namespace
}  // namespace postern
