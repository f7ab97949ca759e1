// What the store promises about requests that are held.
#pragma once

#include "conformance/log_backends.h"

namespace postern {
namespace {

constexpr WallTime kHeldAt{std::chrono::sys_days{std::chrono::year{2030} / 1 / 1}};

class HeldContract : public testing::TestWithParam<LogBackend> {
 protected:
  // A held delivery of that webhook.
  DeliveryId hold(WebhookId webhook, const std::string& request, const std::string& email_key = "ada@example.com") {
    Change change;
    change.delivery.webhook = webhook;
    change.delivery.status = DeliveryStatus::held;
    change.delivery.email = email_key;
    change.held = request;
    change.held_email_key = email_key;
    const Result<DeliveryId> id = apply(std::move(change));
    EXPECT_TRUE(id);
    return *id;
  }

  Result<DeliveryId> apply(Change change) {
    auto transaction = TRY(parts_.provisioning->begin());
    if (!change.releases) change.delivery.id.value = TRY(transaction->last_delivery_id()).value + 1;
    change.delivery.received_at = kHeldAt;
    const DeliveryId id = change.delivery.id;
    TRY(transaction->apply({&change, 1}));
    TRY(transaction->commit());
    return id;
  }

  Result<DeliveryId> release(DeliveryId id, DeliveryStatus status) {
    Change change;
    change.delivery.id = id;
    change.delivery.webhook = {1};
    change.delivery.status = status;
    change.releases = true;
    return apply(std::move(change));
  }

  std::vector<std::string> texts(WebhookId webhook, DeliveryId after, std::size_t limit, std::size_t bytes) {
    std::vector<std::string> out;
    const auto rows = parts_.held->held_after(webhook, after, limit, bytes).value();
    for (const HeldRow& row : rows) out.push_back(row.request);
    return out;
  }

  std::int64_t counted(DeliveryStatus status) {
    std::int64_t out = 0;
    const auto counts = parts_.log->delivery_counts({}, std::chrono::hours{1}).value();
    for (const DeliveryCount& each : counts) {
      if (each.status == status) out += each.deliveries;
    }
    return out;
  }

  bool remembers(const RepeatKey& key) {
    return parts_.provisioning->begin().value()->repeats({&key, 1}).value().front().has_value();
  }

  TempFolder folder_;
  LogParts parts_ = GetParam().make(folder_);
};

using Texts = std::vector<std::string>;

TEST_P(HeldContract, CountsByWebhookWithTheOldest) {
  EXPECT_TRUE(parts_.held->held_counts()->empty());
  const DeliveryId first = hold({1}, "aa");
  const DeliveryId other = hold({7}, "b");
  hold({1}, "cccc");
  EXPECT_EQ(parts_.held->held_counts().value(), (std::vector<HeldCount>{{{1}, 2, 6, first}, {{7}, 1, 1, other}}));
  EXPECT_EQ(parts_.provisioning->begin().value()->held_requests({1}).value(), (HeldTotal{2, 6}));
  ASSERT_TRUE(release(first, DeliveryStatus::processed));
  EXPECT_EQ(parts_.provisioning->begin().value()->held_requests({1}).value(), (HeldTotal{1, 4}));
}

TEST_P(HeldContract, ComeOldestFirstInPortions) {
  const DeliveryId first = hold({1}, "one");
  hold({2}, "another webhook's");
  hold({1}, "two");
  hold({1}, std::string("th\0ee", 5));
  EXPECT_EQ(texts({1}, {}, 10, 1000), (Texts{"one", "two", std::string("th\0ee", 5)}));
  EXPECT_EQ(texts({1}, first, 10, 1000), (Texts{"two", std::string("th\0ee", 5)}));
  EXPECT_EQ(texts({1}, {}, 2, 1000), (Texts{"one", "two"}));
  EXPECT_EQ(texts({1}, {}, 10, 4), (Texts{"one", "two"})) << "the one that reaches the bound is the last";
  EXPECT_EQ(texts({1}, {}, 10, 1), (Texts{"one"})) << "one always comes, however large";
  EXPECT_EQ(texts({3}, {}, 10, 1000), Texts{});
}

TEST_P(HeldContract, WhatIsReleasedTwiceIsReleasedOnce) {
  const DeliveryId id = hold({1}, "x");
  ASSERT_TRUE(release(id, DeliveryStatus::processed));
  const Result<DeliveryId> again = release(id, DeliveryStatus::processed);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::not_found);
  EXPECT_EQ(counted(DeliveryStatus::processed), 1);
}

TEST_P(HeldContract, ARepeatKeyStaysWithWhatWasAppliedAndGoesWithWhatWasNot) {
  for (const DeliveryStatus status : {DeliveryStatus::processed, DeliveryStatus::rejected, DeliveryStatus::failed}) {
    const RepeatKey key{{1}, {std::byte{static_cast<unsigned char>(status)}}};
    Change change;
    change.delivery.webhook = {1};
    change.delivery.status = DeliveryStatus::held;
    change.held = "x";
    change.repeat_key = key;
    const DeliveryId id = apply(std::move(change)).value();
    EXPECT_TRUE(remembers(key));
    ASSERT_TRUE(release(id, status));
    EXPECT_EQ(remembers(key), status == DeliveryStatus::processed);
  }
}

TEST_P(HeldContract, OutlivesItsRowInTheLog) {
  const DeliveryId id = hold({1}, "x");
  ASSERT_EQ(parts_.log->trim({.keep_rows = 0}, kHeldAt, 100).value(), 1U);
  ASSERT_FALSE(parts_.log->find_delivery(id)->has_value());
  EXPECT_EQ(texts({1}, {}, 10, 1000), Texts{"x"});
  EXPECT_EQ(parts_.provisioning->begin().value()->last_delivery_id().value(), id) << "nobody else may get its number";
  ASSERT_TRUE(release(id, DeliveryStatus::processed));
  EXPECT_TRUE(parts_.log->find_delivery(id)->has_value());
  EXPECT_EQ(parts_.delivery_count(), 1);
  EXPECT_TRUE(parts_.held->held_counts()->empty());
}

TEST_P(HeldContract, IsDroppedWithAnErasedPerson) {
  const DeliveryId gone = hold({1}, "ada's");
  hold({1}, "grace's", "grace@example.com");
  ASSERT_TRUE(parts_.log->erase_person("ada@example.com", {}, 100));
  EXPECT_EQ(texts({1}, {}, 10, 1000), Texts{"grace's"});
  const Delivery row = parts_.log->find_delivery(gone)->value();
  EXPECT_EQ(row.status, DeliveryStatus::rejected);
  EXPECT_EQ(row.code, kPersonErased);
  EXPECT_EQ(row.email, "");
  EXPECT_EQ(counted(DeliveryStatus::held), 1);
  EXPECT_EQ(counted(DeliveryStatus::rejected), 1);
  EXPECT_EQ(parts_.provisioning->begin().value()->held_requests({1}).value().requests, 1);
}

TEST_P(HeldContract, IsDroppedWithAnErasedPersonEvenWhenItsRowHasLeftTheLog) {
  hold({1}, "x");
  ASSERT_EQ(parts_.log->trim({.keep_rows = 0}, kHeldAt, 100).value(), 1U);
  ASSERT_TRUE(parts_.log->erase_person("ada@example.com", {}, 100));
  EXPECT_TRUE(parts_.held->held_counts()->empty());
}

}  // namespace
}  // namespace postern
