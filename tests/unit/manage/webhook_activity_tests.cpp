#include "manage/webhook_activity.h"
#include "store/memory/memory_store.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace postern {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr WallTime kNow{std::chrono::sys_days{std::chrono::year{2030} / 1 / 9} + hours{12} + minutes{30}};

class WebhookActivityTest : public testing::Test {
 protected:
  void SetUp() override {
    Webhook webhook;
    webhook.name = "Shop";
    ASSERT_TRUE(store_.add_webhook(std::move(webhook)));
  }

  DeliveryId write(DeliveryStatus status, WallTime at, WebhookId webhook = {1}) {
    Change change;
    change.delivery = {.id = {delivery_id_at(at).value + written_++}, .received_at = at, .webhook = webhook};
    change.delivery.status = status;
    if (status == DeliveryStatus::held) change.held = "sealed";
    const auto transaction = store_.begin().value();
    EXPECT_TRUE(transaction->apply({&change, 1}));
    EXPECT_TRUE(transaction->commit());
    return change.delivery.id;
  }
  WebhookActivity load() { return WebhookActivity::load(store_, kNow).value(); }

  MemoryStore store_;
  std::int64_t written_ = 0;
};

TEST_F(WebhookActivityTest, DayAndWeekAreFullHoursAndTheOneThatHasBegun) {
  const WallTime day = kNow - minutes{30} - hours{23};
  const WallTime week = kNow - minutes{30} - hours{167};
  write(DeliveryStatus::processed, kNow);
  write(DeliveryStatus::processed, day);
  write(DeliveryStatus::processed, day - minutes{1});
  write(DeliveryStatus::stale, week);
  write(DeliveryStatus::stale, week - minutes{1});
  const WebhookActivity activity = load();
  EXPECT_EQ(activity.day_since(), day);
  EXPECT_EQ(activity.week_since(), week);
  const WebhookNumbers numbers = activity.of({1});
  EXPECT_EQ(count_of(numbers.day, DeliveryStatus::processed), 2);
  EXPECT_EQ(count_of(numbers.day, DeliveryStatus::stale), 0);
  EXPECT_EQ(count_of(numbers.week, DeliveryStatus::processed), 3);
  EXPECT_EQ(count_of(numbers.week, DeliveryStatus::stale), 1);
  EXPECT_EQ(numbers.hours.front(), 1);
  EXPECT_EQ(numbers.hours.back(), 1);
  EXPECT_EQ(numbers.last, kNow);
  EXPECT_FALSE(numbers.held);
}

TEST_F(WebhookActivityTest, WhatWaitsIsCountedHoweverOldItIs) {
  const WallTime old = kNow - hours{24 * 9};
  write(DeliveryStatus::held, old);
  write(DeliveryStatus::held, kNow);
  write(DeliveryStatus::held, kNow, {7});
  const WebhookNumbers numbers = load().of({1});
  EXPECT_EQ(numbers.held, (HeldNow{2, 12, old}));
  EXPECT_EQ(count_of(numbers.week, DeliveryStatus::held), 1);
}

TEST_F(WebhookActivityTest, EachWebhookHasItsOwn) {
  write(DeliveryStatus::rejected, kNow);
  write(DeliveryStatus::ignored, kNow, {2});
  EXPECT_EQ(count_of(load().of({1}).day, DeliveryStatus::ignored), 0);
  EXPECT_EQ(count_of(load().of({2}).day, DeliveryStatus::ignored), 1);
  EXPECT_EQ(load().of({3}).day, StatusCounts{});
}

TEST_F(WebhookActivityTest, JsonNamesEveryStatusAndWhatIsNotThere) {
  boost::json::object json = load().json({1});
  EXPECT_EQ(json["week"], boost::json::parse(R"({"processed":0,"rejected":0,"failed":0,"duplicate":0,"ignored":0,
      "stale":0,"held":0})"));
  EXPECT_EQ(json["day"], json["week"]);
  EXPECT_TRUE(json["held"].is_null());
  EXPECT_TRUE(json["last_delivery_at"].is_null());
  EXPECT_EQ(json["day_since"], "2030-01-08T13:00:00.000Z");
  EXPECT_EQ(json["week_since"], "2030-01-02T13:00:00.000Z");
  write(DeliveryStatus::held, kNow);
  json = load().json({1});
  EXPECT_EQ(json["held"], boost::json::parse(R"({"requests":1,"bytes":6,"since":"2030-01-09T12:30:00.000Z"})"));
  EXPECT_EQ(json["day"].at("held"), 1);
  EXPECT_EQ(json["hours"].at(23), 1);
}

}  // namespace
}  // namespace postern
