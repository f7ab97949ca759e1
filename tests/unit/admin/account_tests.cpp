// Throttle, password desk, audit log, remembered replies.
#include "unit/admin/account_fixture.h"

#include <atomic>
#include <thread>

namespace postern {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

std::int64_t waited(LoginThrottle& throttle, std::string_view account, std::string_view ip) {
  const auto wait = throttle.admit(account, ip);
  return wait ? wait->count() : 0;
}

TEST(LoginThrottle, WaitsGrowPerAccountAndAddressUpToABound) {
  FakeClock clock;
  LoginThrottle throttle(clock);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(waited(throttle, "ada", "192.0.2.1"), 0) << i;
  for (const std::int64_t want : {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900}) {
    EXPECT_EQ(waited(throttle, "ada", "192.0.2.1"), want);
    clock.advance(seconds{want});
    EXPECT_EQ(waited(throttle, "ada", "192.0.2.1"), 0) << want;  // Never locked out: after the wait there is a try.
  }
  EXPECT_EQ(waited(throttle, "bob", "192.0.2.1"), 0);
  clock.advance(hours{1});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(waited(throttle, "ada", "192.0.2.1"), 0) << i;
}

TEST(LoginThrottle, SuccessBeginsAnew) {
  FakeClock clock;
  LoginThrottle throttle(clock);
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 4; ++i) EXPECT_EQ(waited(throttle, "ada", "192.0.2." + std::to_string(round)), 0);
    throttle.succeeded("ada", "192.0.2." + std::to_string(round));
  }
}

TEST(LoginThrottle, OneAddressWithManyAccountsIsSlowedDown) {
  FakeClock clock;
  LoginThrottle throttle(clock);
  for (int i = 0; i < 30; ++i) EXPECT_EQ(waited(throttle, "a" + std::to_string(i), "2001:db8::1"), 0) << i;
  EXPECT_EQ(waited(throttle, "other", "2001:db8::2"), 1);  // The same /64.
  EXPECT_EQ(waited(throttle, "other", "2001:db8:0:1::1"), 0);
}

TEST(LoginThrottle, ManyAddressesSlowAnAccountButNotWhoHasLoggedInBefore) {
  FakeClock clock;
  LoginThrottle throttle(clock);
  EXPECT_EQ(waited(throttle, "ada", "198.51.100.1"), 0);
  throttle.succeeded("ada", "198.51.100.1");
  const auto attack = [&](int from, int to) {
    for (int i = from; i < to; ++i) static_cast<void>(throttle.admit("ada", "192.0.2." + std::to_string(i)));
  };
  attack(0, 30);
  EXPECT_EQ(waited(throttle, "ada", "203.0.113.9"), 1);
  EXPECT_EQ(waited(throttle, "ada", "198.51.100.1"), 0);
  for (int i = 30; i < 60; ++i) {
    clock.advance(seconds{30});
    attack(i, i + 1);
  }
  EXPECT_EQ(waited(throttle, "ada", "203.0.113.9"), 30);  // And no more.
}

TEST(LoginThrottle, MemoryIsBoundedAndTheNewestIsKept) {
  FakeClock clock;
  LoginThrottle throttle(clock, 1000);
  for (int i = 0; i < 5000; ++i) {
    clock.advance(std::chrono::milliseconds{1});
    static_cast<void>(throttle.admit("a" + std::to_string(i), std::to_string(i)));
    EXPECT_LE(throttle.size(), 1000U);
  }
  for (int i = 0; i < 5; ++i) static_cast<void>(throttle.admit("last", "192.0.2.1"));
  for (int i = 0; i < 100; ++i) {
    clock.advance(std::chrono::milliseconds{1});
    static_cast<void>(throttle.admit("b" + std::to_string(i), std::to_string(i)));
  }
  EXPECT_EQ(waited(throttle, "last", "192.0.2.1"), 1);
  LoginThrottle still(clock, 100);  // All at the same moment.
  for (int i = 0; i < 500; ++i) static_cast<void>(still.admit("a" + std::to_string(i), std::to_string(i)));
  EXPECT_LE(still.size(), 100U);
}

TEST(PasswordDesk, VerifiesAndKnowsNobodyWithoutAHash) {
  SystemRandom random;
  const auto desk = PasswordDesk::create(random).value();
  const std::string hash = desk->hash(Secret("glacier otter")).value();
  EXPECT_TRUE(desk->verify(hash, Secret("glacier otter")).value());
  EXPECT_FALSE(desk->verify(hash, Secret("glacier otters")).value());
  EXPECT_FALSE(desk->verify("", Secret("glacier otter")).value());
}

TEST(PasswordDesk, WhoWouldWaitTooLongIsRefused) {
  SystemRandom random;
  const auto desk = PasswordDesk::create(random).value();
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 24; ++i) {
    threads.emplace_back([&] {
      const Result<bool> done = desk->verify("", Secret("x"));
      if (!done) {
        EXPECT_EQ(done.error().code, Errc::throttled);
        ++refused;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(refused, 24 - 8);
  EXPECT_TRUE(desk->verify("", Secret("x")).has_value());  // Later there is room again.
}

class AuditTest : public AccountFixture {};

TEST_F(AuditTest, RowsTellWhoWhatAndFromWhere) {
  TestCall test("POST", "/api/v1/webhooks");
  test.call->principal.name = "ada@example.com";
  ASSERT_TRUE(audit_.record(*test.call, {"webhook.add", "webhook 3", nullptr, boost::json::object{{"name", "Shop"}}}));
  const std::vector<AuditRow> rows = store_.audit({}).value();
  ASSERT_EQ(rows.size(), 1U);
  AuditRow want{.id = 1,
                .at = clock_.now(),
                .actor = "ada@example.com",
                .ip = "192.0.2.1",
                .action = "webhook.add",
                .target = "webhook 3",
                .before = "",
                .after = R"({"name":"Shop"})"};
  want.hash = audit_hash(vault_, {}, want);
  EXPECT_EQ(rows[0], want);
}

TEST_F(AuditTest, WhatStrangersCauseIsBoundedPerMinute) {
  TestCall test("POST", "/api/v1/session");
  const auto flood = [&] {
    for (int i = 0; i < 500; ++i) audit_.note(*test.call, {"denied", "GET /x", nullptr, nullptr});
    for (int i = 0; i < 3; ++i) audit_.note(*test.call, {"webhook.add", "webhook", nullptr, nullptr});
  };
  flood();
  EXPECT_EQ(store_.last_audit_id().value(), 33);
  clock_.advance(std::chrono::minutes{1});
  flood();
  EXPECT_EQ(store_.last_audit_id().value(), 66);
  EXPECT_EQ(log_.events, (std::vector<std::string>{"audit.left_out"}));
}

class RepliesTest : public AccountFixture {
 protected:
  static std::string code(const std::optional<Reply>& reply) {
    if (!reply) return "go on";
    const boost::json::value body = boost::json::parse(reply->response().body);
    if (const auto* found = body.as_object().if_contains("code")) return std::string(found->as_string());
    return std::to_string(reply->response().status) + " " + boost::json::serialize(body);
  }
  // A POST by the admin of that number.
  std::unique_ptr<TestCall> post(std::string key, std::string_view body, int admin = 1,
                                 std::string_view path = "/api/v1/tokens") {
    auto test = std::make_unique<TestCall>("POST", path, Headers{{"Idempotency-Key", std::move(key)}}, body);
    if (admin > 0) {
      test->call->principal.admin = AdminId{admin};
      test->call->principal.permission = Permission::own;
    }
    return test;
  }
  using Headers = std::map<std::string, std::string>;
};

TEST_F(RepliesTest, FirstReplyIsGivenAgainToTheSameRequestOnly) {
  const auto first = post("k", R"({"a":1})");
  EXPECT_EQ(code(replies_.recall(*first->call)), "go on");
  EXPECT_EQ(code(replies_.recall(*first->call)), "conflict");  // Still being worked on.
  replies_.remember(*first->call, json_reply({{"secret", "pst_x"}}, 201));
  const auto again = replies_.recall(*post("k", R"({"a":1})")->call);
  EXPECT_EQ(code(again), R"(201 {"secret":"pst_x"})");
  EXPECT_EQ(again->response().headers.back().first, "Idempotent-Replayed");
  EXPECT_EQ(code(replies_.recall(*post("k", R"({"a":2})")->call)), "idempotency_key_reused");
  EXPECT_EQ(code(replies_.recall(*post("k2", R"({"a":1})")->call)), "go on");
  EXPECT_EQ(code(replies_.recall(*post("k", R"({"a":1})", 2)->call)), "go on");
  EXPECT_EQ(code(replies_.recall(*post("k", R"({"a":1})", 1, "/api/v1/admins")->call)), "go on");
  clock_.advance(hours{25});
  EXPECT_EQ(code(replies_.recall(*post("k", R"({"a":1})")->call)), "go on");
}

TEST_F(RepliesTest, RefusedRequestsCanBeMended) {
  const auto first = post("k", R"({"a":1})");
  EXPECT_EQ(code(replies_.recall(*first->call)), "go on");
  replies_.forget(*first->call);
  EXPECT_EQ(code(replies_.recall(*post("k", R"({"a":2})")->call)), "go on");
}

TEST_F(RepliesTest, OfNobodyNothingIsRememberedAndKeysAreBounded) {
  const auto nobody = post("k", "{}", 0);
  EXPECT_EQ(code(replies_.recall(*nobody->call)), "go on");
  replies_.remember(*nobody->call, json_reply({{"session", "x"}}));
  EXPECT_EQ(code(replies_.recall(*nobody->call)), "go on");
  EXPECT_EQ(code(replies_.recall(*post("", "{}")->call)), "invalid_fields");
  EXPECT_EQ(code(replies_.recall(*post(std::string(256, 'k'), "{}")->call)), "invalid_fields");
}

}  // namespace
}  // namespace postern
