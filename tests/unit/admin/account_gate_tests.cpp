// Who asks: cookies, tokens, other sites.
#include "unit/admin/account_fixture.h"

namespace postern {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using Headers = std::map<std::string, std::string>;

class GateTest : public AccountFixture {
 protected:
  // "code" of the problem, or who it is with the permission.
  std::string seen(std::string_view method, Headers headers) {
    TestCall test(method, "/api/v1/me", std::move(headers));
    const auto problem = gate_.identify(*test.call);
    if (problem) return std::string(problem->code);
    const Principal& who = test.call->principal;
    return who.name + " " + (who.permission ? std::string(to_word(*who.permission)) : "nothing");
  }
  std::string add_token(AdminId maker, Permission permission, std::optional<WallTime> expires_at = {}) {
    const Secret secret = make_api_token(random_);
    EXPECT_TRUE(store_.add_token({.name = "t",
                                  .hash = token_hash(vault_, secret.reveal()),
                                  .permission = permission,
                                  .created_by = maker,
                                  .created_at = clock_.now(),
                                  .expires_at = expires_at}));
    return "Bearer " + std::string(secret.reveal());
  }
};

TEST_F(GateTest, CookieNamesTheAdmin) {
  const Headers headers = log_in(add_admin("ada@example.com", AdminRole::admin));
  EXPECT_EQ(seen("GET", {{"Cookie", headers.at("Cookie")}}), "ada@example.com manage");
  EXPECT_EQ(seen("GET", {{"cookie", "a=b; " + headers.at("Cookie") + "; c=d"}}), "ada@example.com manage");
  EXPECT_EQ(seen("GET", {}), " nothing");
  EXPECT_EQ(seen("GET", {{"Cookie", "postern_session=nonsense"}}), " nothing");
  EXPECT_EQ(seen("GET", {{"Cookie", "x" + headers.at("Cookie")}}), " nothing");
  EXPECT_EQ(seen("GET", {{"Cookie", "__Host-" + headers.at("Cookie")}}), " nothing");  // Not over TLS.
}

TEST_F(GateTest, ChangesNeedTheTokenOfTheSession) {
  const AdminId id = add_admin("ada@example.com");
  const Headers headers = log_in(id);
  EXPECT_EQ(seen("POST", headers), "ada@example.com own");
  Headers without = headers;
  without.erase("X-CSRF-Token");
  Headers foreign = headers;
  foreign["X-CSRF-Token"] = log_in(id).at("X-CSRF-Token");
  for (const char* method : {"POST", "PATCH", "PUT", "DELETE", "PROPFIND"}) {
    EXPECT_EQ(seen(method, without), "csrf") << method;
    EXPECT_EQ(seen(method, foreign), "csrf") << method;
  }
  for (const char* method : {"GET", "HEAD"}) EXPECT_EQ(seen(method, without), "ada@example.com own") << method;
}

TEST_F(GateTest, ChangesFromOtherSitesAreRefused) {
  const Headers headers = log_in(add_admin("ada@example.com"));
  const std::pair<Headers, bool> cases[] = {{{{"Origin", "https://postern.example"}}, true},
                                            {{{"Origin", "http://127.0.0.1:8080"}, {"Host", "127.0.0.1:8080"}}, true},
                                            {{{"Sec-Fetch-Site", "same-origin"}}, true},
                                            {{{"Origin", "http://127.0.0.1:8081"}, {"Host", "127.0.0.1:8080"}}, false},
                                            {{{"Origin", "https://postern.example.evil"}}, false},
                                            {{{"Origin", "null"}, {"Host", "null"}}, false},
                                            {{{"Origin", ""}}, false},
                                            {{{"Sec-Fetch-Site", "cross-site"}}, false},
                                            {{{"Sec-Fetch-Site", "same-site"}}, false},
                                            {{{"Sec-Fetch-Site", "none"}}, false}};
  for (const auto& [more, allowed] : cases) {
    Headers all = headers;
    all.insert(more.begin(), more.end());
    EXPECT_EQ(seen("POST", all), allowed ? "ada@example.com own" : "csrf") << more.begin()->second;
    EXPECT_EQ(seen("GET", all), "ada@example.com own");
  }
}

TEST_F(GateTest, SessionsEndByIdlenessAndAge) {
  const AdminId id = add_admin("ada@example.com");
  const Headers idle = log_in(id);
  clock_.advance(hours{12} - minutes{1});
  EXPECT_EQ(seen("GET", idle), "ada@example.com own");
  clock_.advance(hours{12} - minutes{1});
  EXPECT_EQ(seen("GET", idle), "ada@example.com own");
  clock_.advance(hours{12});
  EXPECT_EQ(seen("GET", idle), " nothing");
  const Headers old = log_in(id);
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(seen("GET", old), "ada@example.com own");
    clock_.advance(hours{12} - minutes{1});
  }
  clock_.advance(hours{1});
  EXPECT_EQ(seen("GET", old), " nothing");
}

TEST_F(GateTest, SeenIsNotedOnceAMinute) {
  const AdminId id = add_admin("ada@example.com");
  const Headers headers = log_in(id);
  const WallTime start = clock_.now();
  clock_.advance(std::chrono::seconds{59});
  seen("GET", headers);
  EXPECT_EQ(store_.sessions(id)->front().last_seen_at, start);
  clock_.advance(std::chrono::seconds{1});
  seen("GET", headers);
  EXPECT_EQ(store_.sessions(id)->front().last_seen_at, start + minutes{1});
}

TEST_F(GateTest, HalfwaySessionsMayDoNothingAndLastTenMinutes) {
  const Headers half = log_in(add_admin("ada@example.com"), true);
  EXPECT_EQ(seen("GET", half), "ada@example.com nothing");
  clock_.advance(minutes{10});
  EXPECT_EQ(seen("GET", half), " nothing");
}

TEST_F(GateTest, RoleAndStateCountAsTheyAreNow) {
  add_admin("owner@example.com");
  const AdminId id = add_admin("ada@example.com");
  const Headers headers = log_in(id);
  ASSERT_TRUE(store_.change_admin(id, {.role = AdminRole::viewer}));
  EXPECT_EQ(seen("GET", headers), "ada@example.com view");
  ASSERT_TRUE(store_.change_admin(id, {.disabled = true}));
  EXPECT_EQ(seen("GET", headers), " nothing");
  ASSERT_TRUE(store_.change_admin(id, {.disabled = false}));
  EXPECT_EQ(seen("GET", headers), " nothing");  // What was ended stays ended.
}

TEST_F(GateTest, TokensAreNoMoreThanTheirMaker) {
  add_admin("owner@example.com");
  const AdminId id = add_admin("ada@example.com");
  const std::string manage = add_token(id, Permission::manage);
  EXPECT_EQ(seen("POST", {{"Authorization", manage}}), "token t manage");
  EXPECT_EQ(seen("GET", {{"Authorization", add_token(id, Permission::view)}}), "token t view");
  ASSERT_TRUE(store_.change_admin(id, {.role = AdminRole::viewer}));
  EXPECT_EQ(seen("GET", {{"Authorization", manage}}), "token t view");
  ASSERT_TRUE(store_.change_admin(id, {.disabled = true}));
  EXPECT_EQ(seen("GET", {{"Authorization", manage}}), "unauthenticated");
}

TEST_F(GateTest, TokensExpireAndUnknownOnesAreRefused) {
  const AdminId id = add_admin("ada@example.com");
  const std::string token = add_token(id, Permission::view, clock_.now() + hours{1});
  EXPECT_EQ(seen("GET", {{"Authorization", token}}), "token t view");
  clock_.advance(hours{1});
  EXPECT_EQ(seen("GET", {{"Authorization", token}}), "unauthenticated");
  EXPECT_EQ(seen("GET", {{"Authorization", "Bearer pst_x"}}), "unauthenticated");
  // A bad token is not made up for by a good cookie.
  Headers both = log_in(id);
  both["Authorization"] = "Bearer pst_x";
  EXPECT_EQ(seen("GET", both), "unauthenticated");
  EXPECT_EQ(seen("GET", {{"Authorization", "Basic eDp5"}}), " nothing");  // A proxy's, not ours.
}

TEST(SessionCookie, AttributesOnTlsAndPlain) {
  const Secret secret("s");
  EXPECT_EQ(session_cookie({"192.0.2.1", true, true}, secret, std::chrono::seconds{60}),
            "__Host-postern_session=s; Max-Age=60; Path=/; HttpOnly; SameSite=Strict; Secure");
  EXPECT_EQ(session_cookie({"127.0.0.1", true, false}, secret, std::chrono::seconds{60}),
            "postern_session=s; Max-Age=60; Path=/; HttpOnly; SameSite=Strict");
  EXPECT_EQ(ended_session_cookie({"127.0.0.1", true, false}),
            "postern_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict");
}

}  // namespace
}  // namespace postern
