#include "pipeline/rate_limiter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace postern {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr MonoTime kStart{std::chrono::hours{100}};

IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}

Protection per_webhook(std::uint32_t per_minute, std::uint32_t burst = 0) {
  return {.webhook_rate = {per_minute, burst}};
}

Protection per_address(std::uint32_t per_minute, std::uint32_t burst = 0) {
  return {.address_rate = {per_minute, burst}};
}

class RateLimiterTest : public testing::Test {
 protected:
  bool takes(const Protection& protection, milliseconds at, std::string_view address = "192.0.2.1") {
    return !limiter_.take({1}, protection, ip(address), kStart + at);
  }
  // How many of so many are let through at one time.
  int taken(const Protection& protection, milliseconds at, int of, std::string_view address = "192.0.2.1") {
    int out = 0;
    for (int i = 0; i < of; ++i) out += takes(protection, at, address) ? 1 : 0;
    return out;
  }
  RateLimiter limiter_{42};
};

TEST_F(RateLimiterTest, LetsABurstThroughAndThenTheRate) {
  struct Case {
    const char* name;
    RateLimit limit;
    int at_once;
    milliseconds later;
    int then;
  };
  for (const Case& each :
       {Case{"no burst named: as many as in a minute", {6, 0}, 6, seconds{10}, 1},
        Case{"a burst of its own", {60, 3}, 3, seconds{2}, 2},
        Case{"just before a token is there", {60, 3}, 3, milliseconds{999}, 0},
        Case{"at the very moment", {60, 3}, 3, milliseconds{1000}, 1},
        Case{"a rate that does not divide a minute", {7, 1}, 1, milliseconds{8571}, 0},
        Case{"and a moment later", {7, 1}, 1, milliseconds{8572}, 1},
        Case{"full again, and not more", {60, 3}, 3, std::chrono::hours{24 * 400}, 3},
        Case{"the largest there is", {4294967295U, 4294967295U}, 50, std::chrono::hours{9000}, 50}}) {
    RateLimiter fresh(1);
    const auto count = [&](milliseconds at) {
      int out = 0;
      for (int i = 0; i < 50; ++i) {
        out += fresh.take({1}, {.webhook_rate = each.limit}, ip("192.0.2.1"), kStart + at) ? 0 : 1;
      }
      return out;
    };
    EXPECT_EQ(count(milliseconds{0}), each.at_once) << each.name;
    EXPECT_EQ(count(each.later), each.then) << each.name;
  }
}

TEST_F(RateLimiterTest, SaysWhenATokenIsThere) {
  const Protection protection = per_webhook(7, 1);
  EXPECT_TRUE(takes(protection, milliseconds{0}));
  const auto refusal = limiter_.take({1}, protection, ip("192.0.2.1"), kStart);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->wait, seconds{9});  // 60 / 7 = 8.57, rounded up.
  EXPECT_EQ(refusal->scope, RateLimiter::Scope::webhook);
  EXPECT_EQ(refusal->limit, (RateLimit{7, 1}));
  EXPECT_TRUE(takes(protection, refusal->wait));
}

TEST_F(RateLimiterTest, SaysAtLeastOneSecond) {
  const Protection protection = per_webhook(6000, 1);
  EXPECT_TRUE(takes(protection, milliseconds{0}));
  EXPECT_EQ(limiter_.take({1}, protection, ip("192.0.2.1"), kStart)->wait, seconds{1});
}

TEST_F(RateLimiterTest, EachAddressHasItsOwn) {
  const Protection protection = per_address(60, 2);
  EXPECT_EQ(taken(protection, milliseconds{0}, 5, "192.0.2.1"), 2);
  EXPECT_EQ(taken(protection, milliseconds{0}, 5, "192.0.2.2"), 2);
  EXPECT_EQ(taken(protection, milliseconds{0}, 5, "2001:db8:1:2::1"), 2);
  EXPECT_EQ(taken(protection, milliseconds{0}, 5, "2001:db8:1:2:ffff::2"), 0) << "the same /64";
  EXPECT_EQ(taken(protection, milliseconds{0}, 5, "2001:db8:1:3::1"), 2);
  EXPECT_EQ(taken(protection, milliseconds{0}, 5, "::ffff:192.0.2.1"), 0) << "the same address, written otherwise";
}

TEST_F(RateLimiterTest, EachWebhookHasItsOwn) {
  for (const Protection& protection : {per_webhook(60, 2), per_address(60, 2)}) {
    RateLimiter fresh(1);
    for (const std::int64_t webhook : {1, 2}) {
      int through = 0;
      for (int i = 0; i < 5; ++i) through += fresh.take({webhook}, protection, ip("192.0.2.1"), kStart) ? 0 : 1;
      EXPECT_EQ(through, 2);
    }
  }
}

TEST_F(RateLimiterTest, ARefusalTakesFromNeitherBucket) {
  const Protection both{.webhook_rate = {60, 3}, .address_rate = {60, 1}};
  EXPECT_TRUE(takes(both, milliseconds{0}, "192.0.2.1"));
  EXPECT_EQ(limiter_.take({1}, both, ip("192.0.2.1"), kStart)->scope, RateLimiter::Scope::address);
  EXPECT_TRUE(takes(both, milliseconds{0}, "192.0.2.2"));
  EXPECT_TRUE(takes(both, milliseconds{0}, "192.0.2.3")) << "the refused one has taken nothing of the webhook's";
  EXPECT_EQ(limiter_.take({1}, both, ip("192.0.2.4"), kStart)->scope, RateLimiter::Scope::webhook);
  EXPECT_TRUE(takes(both, seconds{1}, "192.0.2.4")) << "nor that one of its address's";
}

TEST_F(RateLimiterTest, AChangedLimitCountsAtOnce) {
  EXPECT_EQ(taken(per_webhook(60, 10), milliseconds{0}, 3), 3);
  EXPECT_EQ(taken(per_webhook(60, 2), milliseconds{0}, 5), 2) << "less than there was left";
  EXPECT_EQ(taken(per_webhook(120, 10), milliseconds{0}, 5), 0) << "a larger bucket is not filled for nothing";
  EXPECT_EQ(taken(per_webhook(120, 10), milliseconds{500}, 5), 1);
  EXPECT_EQ(taken({}, milliseconds{500}, 5), 5) << "no limit";
}

TEST_F(RateLimiterTest, AFullTableForgetsTheFullestFirst) {
  const Protection protection = per_address(60, 100);
  // One who has used up everything, and then more than fit into the table, each of whom has used one token.
  EXPECT_EQ(taken(protection, milliseconds{0}, 200, "192.0.2.1"), 100);
  for (std::uint32_t i = 0; i < 5 * RateLimiter::kAddresses; ++i) {
    const std::string address =
        "10." + std::to_string(i >> 16U) + "." + std::to_string(i >> 8U & 255U) + "." + std::to_string(i & 255U);
    EXPECT_TRUE(takes(protection, milliseconds{1}, address));
  }
  EXPECT_FALSE(takes(protection, milliseconds{1}, "192.0.2.1")) << "who floods is remembered longest";
}

// However many threads ask: never more than the burst at one moment.
TEST_F(RateLimiterTest, ManyThreadsShareOneBucket) {
  const Protection protection{.webhook_rate = {60, 500}, .address_rate = {60, 400}};
  std::atomic<int> through{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 1000; ++i) {
        through += takes(protection, milliseconds{0}, t % 2 == 0 ? "192.0.2.1" : "192.0.2.2") ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(through, 500);
}

}  // namespace
}  // namespace postern
