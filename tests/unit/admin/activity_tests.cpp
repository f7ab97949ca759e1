// The numbers of a webhook over the admin API: what came, what waits, what was turned away.
#include "resource_site.h"

namespace postern {
namespace {

namespace json = boost::json;

class ActivityTest : public ResourceTest {
 protected:
  void SetUp() override { site_.fill(); }

  void hold(int requests) {
    for (int i = 0; i < requests; ++i) {
      Change change;
      change.delivery.id = {delivery_id_at(site_.clock.now()).value + i};
      change.delivery.received_at = site_.clock.now();
      change.delivery.webhook = {1};
      change.delivery.status = DeliveryStatus::held;
      change.held = "sealed";
      auto transaction = site_.store().begin().value();
      ASSERT_TRUE(transaction->apply({&change, 1}));
      ASSERT_TRUE(transaction->commit());
    }
  }
  // What the overview says of requests that wait; empty: nothing.
  std::string attention() {
    const json::value overview = site_.get("/overview").body;
    for (const json::value& each : overview.at("attention").as_array()) {
      if (each.at("kind") == "held") return each.at("text").as_string().c_str();
    }
    return {};
  }
};

TEST_P(ActivityTest, WhatWaitsIsShownWhereverAWebhookIs) {
  EXPECT_TRUE(site_.get("/webhooks/1").body.at("held").is_null());
  EXPECT_EQ(attention(), "");
  hold(12);
  const json::value held = json::parse(R"({"requests":12,"bytes":72,"since":"2030-01-01T00:00:00.000Z"})");
  EXPECT_EQ(site_.get("/webhooks/1").body.at("held"), held);
  EXPECT_EQ(site_.get("/webhooks").body.at("items").at(0).at("held"), held);
  EXPECT_EQ(site_.get("/webhooks/1").body.at("day").at("held"), 12);
  EXPECT_EQ(site_.get("/overview").body.at("webhooks").at(0).at("held"), 12);
  EXPECT_EQ(attention(),
            "12 requests to 'Shop' have been held since 2030-01-01 00:00 UTC. What is held is being "
            "applied; if this stays, look at the log of the server.");
  const Answer paused = site_.call("POST", "/webhooks/1/pause");
  EXPECT_EQ(paused.body.at("held"), held);
  EXPECT_EQ(site_.get("/overview").body.at("webhooks").at(0).at("state"), "paused");
  EXPECT_EQ(attention(),
            "12 requests to 'Shop' have been held since 2030-01-01 00:00 UTC, because the webhook is "
            "paused. What is held is applied, in order, when it is resumed.");
}

TEST_P(ActivityTest, ChangesOfNumbersAreNoChangesOfTheWebhook) {
  const std::string before = site_.get("/webhooks/1").etag;
  hold(1);
  site_.deliver("ada@example.com");
  EXPECT_EQ(site_.get("/webhooks/1").etag, before);
}

TEST_P(ActivityTest, WhatProtectionTurnsAwayIsCountedThoughItLeavesNoRow) {
  site_.metrics.count_refusal({1}, "ip_not_allowed", true);
  site_.metrics.count_refusal({1}, "ip_not_allowed", false);
  site_.metrics.count_refusal({1}, "rate_limited", false);
  site_.metrics.count_refusal({2}, "rate_limited", false);
  const json::value webhook = site_.get("/webhooks/1").body;
  const json::object& refused = webhook.at("refused").as_object();
  EXPECT_EQ(refused.at("ip_not_allowed"), 2);
  EXPECT_EQ(refused.at("rate_limited"), 1);
  EXPECT_EQ(refused.at("without_row"), 2);
  EXPECT_EQ(webhook.at("day").at("rejected"), 0);
}

INSTANTIATE_TEST_SUITE_P(Stores, ActivityTest, testing::Bool(),
                         [](const auto& param) { return param.param ? "Sqlite" : "Memory"; });

}  // namespace
}  // namespace postern
