// The allow-list, the rate limits and the expiry of a webhook.
#include "pipeline/rejections.h"
#include "unit/pipeline/intake_site.h"

namespace postern {
namespace {

using testing::HasSubstr;

class ProtectionTest : public IntakeSite {
 protected:
  void protect(const Protection& protection) {
    edit(site_.join, [&](Webhook& webhook) { webhook.protection = protection; });
  }
  void from(const std::string& ip) { post({.webhook = "join", .body = "email=ada@example.com", .ip = ip}); }
};

TEST_F(ProtectionTest, OnlyListedAddressesMayUseAWebhook) {
  protect({.networks = {IpNetwork::parse("192.0.2.0/28").value(), IpNetwork::parse("2001:db8::/32").value()}});
  struct Case {
    const char* ip;
    bool allowed;
  };
  for (const Case& each :
       {Case{"192.0.2.0", true}, Case{"192.0.2.15", true}, Case{"192.0.2.16", false}, Case{"2001:db8:ffff::1", true},
        Case{"2001:db9::1", false}, Case{"::ffff:192.0.2.1", true}, Case{"203.0.113.5", false}}) {
    from(each.ip);
    const Delivery row = last_row();
    EXPECT_EQ(row.status == DeliveryStatus::processed, each.allowed) << each.ip;
    if (each.allowed) continue;
    EXPECT_EQ(row.http_status, 403);
    EXPECT_EQ(row.code, "ip_not_allowed");
    EXPECT_THAT(row.message, HasSubstr(each.ip));
    EXPECT_EQ(row.payload, "") << "it was refused unread";
  }
}

TEST_F(ProtectionTest, AChangedListCountsForTheNextRequest) {
  from("203.0.113.5");
  EXPECT_EQ(last_row().status, DeliveryStatus::processed);
  protect({.networks = {IpNetwork::parse("192.0.2.0/28").value()}});
  from("203.0.113.5");
  EXPECT_EQ(last_row().code, "ip_not_allowed");
  protect({});
  from("203.0.113.5");
  EXPECT_EQ(last_row().status, DeliveryStatus::processed);
}

TEST_F(ProtectionTest, AFloodDoesNotFillTheLog) {
  protect({.networks = {IpNetwork::parse("192.0.2.0/28").value()}});
  for (int i = 0; i < 100; ++i) from("203.0.113.5");
  EXPECT_EQ(rows().size(), ProtectionCheck::kRowsAMinute);
  from("192.0.2.1");
  EXPECT_EQ(last_row().status, DeliveryStatus::processed) << "honest ones leave their row";
  site_.clock.advance(std::chrono::minutes{1});
  from("203.0.113.5");
  EXPECT_EQ(rows().size(), ProtectionCheck::kRowsAMinute + 2);
  EXPECT_THAT(last_row().message,
              HasSubstr("Another 90 were refused likewise without a row since 2030-01-01T00:00:00.000Z."));
  from("203.0.113.5");
  EXPECT_THAT(last_row().message, testing::Not(HasSubstr("Another")));
  EXPECT_THAT(metrics(), HasSubstr("postern_refused_total{webhook=\"1\",code=\"ip_not_allowed\"} 102\n"));
  EXPECT_THAT(metrics(), HasSubstr("postern_refused_without_row_total{webhook=\"1\",code=\"ip_not_allowed\"} 90\n"));
  const PipelineMetrics::Refusals refused = metrics_.refusals(site_.join);
  EXPECT_EQ(std::tuple(refused.ip_not_allowed, refused.rate_limited, refused.without_row), std::tuple(102U, 0U, 90U));
  EXPECT_EQ(metrics_.refusals({99}).ip_not_allowed, 0U);
}

// Otherwise who may not use the URL would fill the log with what an unknown key is told as well.
TEST_F(ProtectionTest, AFloodOfOtherMethodsDoesNotFillTheLogEither) {
  protect({.networks = {IpNetwork::parse("192.0.2.0/28").value()}});
  for (int i = 0; i < 100; ++i) post({.webhook = "join", .ip = "203.0.113.5", .method = "GET"});
  EXPECT_EQ(rows().size(), ProtectionCheck::kRowsAMinute);
  EXPECT_EQ(last_row().code, "method_not_allowed");
}

TEST_F(ProtectionTest, TooManyRequestsAreToldWhenToComeAgain) {
  protect({.address_rate = {.per_minute = 6, .burst = 2}});
  from("192.0.2.1");
  from("192.0.2.1");
  EXPECT_EQ(last_row().status, DeliveryStatus::processed);
  from("192.0.2.1");
  EXPECT_EQ(last_row().http_status, 429);
  EXPECT_EQ(last_row().code, "rate_limited");
  EXPECT_THAT(last_row().message, HasSubstr("takes 6 a minute from one address"));
  EXPECT_THAT(last_row().message, HasSubstr("again in 10 seconds"));
  from("192.0.2.2");
  EXPECT_EQ(last_row().status, DeliveryStatus::processed);
  site_.clock.advance(std::chrono::seconds{10});
  from("192.0.2.1");
  EXPECT_EQ(last_row().status, DeliveryStatus::processed);
}

TEST(Rejections, SayHowLongToWait) {
  EXPECT_EQ(retry_after_seconds(rate_limited(false, 60, std::chrono::seconds{7})), 7);
  EXPECT_EQ(retry_after_seconds(webhook_paused()), 300);
  EXPECT_EQ(retry_after_seconds(held_full()), 300);
  EXPECT_EQ(retry_after_seconds(held_too_late()), 1);
  EXPECT_EQ(retry_after_seconds(overloaded()), 2);
  EXPECT_EQ(retry_after_seconds(ip_not_allowed("192.0.2.1")), 0);
  EXPECT_EQ(retry_after_seconds(webhook_disabled(false)), 0);
}

TEST_F(ProtectionTest, FromItsExpiryOnAWebhookIsGone) {
  protect({.expires_at = site_.clock.now() + std::chrono::hours{1}});
  from("192.0.2.1");
  EXPECT_EQ(last_row().status, DeliveryStatus::processed);
  site_.clock.advance(std::chrono::hours{1});
  from("192.0.2.1");
  EXPECT_EQ(last_row().http_status, 410);
  EXPECT_EQ(last_row().code, "webhook_disabled");
  EXPECT_THAT(last_row().message, HasSubstr("2030-01-01T01:00:00.000Z"));
}

TEST_F(ProtectionTest, HeadLeavesNoRow) {
  post({.webhook = "join", .method = "HEAD"});
  post({.webhook = "nobody's", .method = "HEAD"});
  EXPECT_TRUE(rows().empty());
  EXPECT_EQ(metrics_.unknown_keys.value(), 0U);
}

}  // namespace
}  // namespace postern
