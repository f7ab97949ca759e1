// What webhooks with sources and protection ask of a store, run against every adapter.
#include "conformance/backends.h"

namespace postern {
namespace {

const WallTime kNow{std::chrono::sys_days{std::chrono::year{2030} / 1 / 1}};

class SourceContract : public testing::TestWithParam<Backend> {
 protected:
  Delivery apply(Change change) {
    auto transaction = store_->begin().value();
    if (!change.releases) change.delivery.id = DeliveryId{transaction->last_delivery_id()->value + 1};
    if (change.delivery.received_at == WallTime{}) change.delivery.received_at = kNow;
    Change changes[] = {std::move(change)};
    EXPECT_TRUE(transaction->apply(changes));
    EXPECT_TRUE(transaction->commit());
    return changes[0].delivery;
  }
  std::optional<WallTime> order_time(const OrderKey& order) {
    return store_->begin().value()->order_times({&order, 1}).value().front();
  }
  std::optional<std::string> person_of(const PersonNumber& number) {
    return store_->begin().value()->people_of({&number, 1}).value().front();
  }
  std::int64_t held(WebhookId webhook) { return store_->begin().value()->held_requests(webhook).value().requests; }
  std::int64_t counted(DeliveryStatus status) {
    std::int64_t out = 0;
    const auto counts = store_->delivery_counts(kNow, std::chrono::hours{1}).value();
    for (const DeliveryCount& each : counts) {
      if (each.status == status) out += each.deliveries;
    }
    return out;
  }

  TempFolder folder_;
  std::unique_ptr<Store> store_ = GetParam().make(folder_);
};

Webhook full_webhook() {
  Webhook webhook;
  webhook.name = "Shop";
  webhook.created_at = kNow;
  webhook.source.name = "stripe";
  webhook.source.secrets = {{2, std::string("\0sealed", 7), kNow, {}},
                            {1, "older", kNow, kNow + std::chrono::hours{24}}};
  webhook.source.webhook_id = "1JE12345";
  webhook.source.url_action = SourceAction::revoke;
  webhook.source.events = {{"order.paid", SourceAction::grant}, {"order \"odd\"\n", SourceAction::link}};
  webhook.source.conditions = {{"/order/total", "gt", {"10"}}, {"product", "in", {"a", "b"}}, {"/x", "exists", {}}};
  webhook.source.products = {{"price_1", {{1}, {2}}, {}}, {"price_\xc3\xa9", {}, {{3}}}};
  webhook.source.skip_stale = false;
  webhook.protection.networks = {*IpNetwork::parse("192.0.2.0/24"), *IpNetwork::parse("2001:db8::/32")};
  webhook.protection.webhook_rate = {600, 100};
  webhook.protection.address_rate = {60, 0};
  webhook.protection.expires_at = kNow + std::chrono::hours{1};
  return webhook;
}

TEST_P(SourceContract, SettingsOfAWebhookAreKept) {
  Webhook webhook = full_webhook();
  webhook.id = store_->add_webhook(webhook).value();
  EXPECT_EQ(store_->load_catalog()->webhooks.at(0), webhook);
  webhook.source.secrets.pop_back();
  webhook.source.products.clear();
  webhook.protection = {};
  ASSERT_TRUE(store_->update_webhook(webhook));
  EXPECT_EQ(store_->load_catalog()->webhooks.at(0), webhook);
  webhook.source = {};
  ASSERT_TRUE(store_->update_webhook(webhook));
  EXPECT_EQ(store_->load_catalog()->webhooks.at(0), webhook);
}

TEST_P(SourceContract, TheNewestEventOfAnOrderCounts) {
  const OrderKey order{{1}, "ada@example.com", {std::byte{7}}};
  EXPECT_EQ(order_time(order), std::nullopt);
  Change change;
  change.orders = {order};
  change.order_time = kNow;
  apply(change);
  EXPECT_EQ(order_time(order), kNow);
  change.order_time = kNow - std::chrono::hours{1};
  apply(change);
  EXPECT_EQ(order_time(order), kNow);
  EXPECT_EQ(order_time({{2}, "ada@example.com", {std::byte{7}}}), std::nullopt);
  EXPECT_EQ(order_time({{1}, "bob@example.com", {std::byte{7}}}), std::nullopt);
  EXPECT_EQ(order_time({{1}, "ada@example.com", {std::byte{8}}}), std::nullopt);
}

TEST_P(SourceContract, OrdersAreForgottenWithTheRepeatKeys) {
  const OrderKey order{{1}, "ada@example.com", {std::byte{7}}};
  Change change;
  change.orders = {order};
  change.order_time = kNow;
  apply(change);
  const Retention retention{.keep_for = std::chrono::hours{1}, .keep_repeat_keys_for = std::chrono::hours{2}};
  while (store_->trim(retention, kNow, 10).value() > 0) {
  }
  EXPECT_EQ(order_time(order), std::nullopt);
}

TEST_P(SourceContract, TheNumberOfAPersonLeadsToTheNewestAddress) {
  const PersonNumber number{{1}, "cus_1"};
  EXPECT_EQ(person_of(number), std::nullopt);
  Change change;
  change.number = number;
  change.number_email = "Ada@Example.com";
  change.number_email_key = "ada@example.com";
  apply(change);
  EXPECT_EQ(person_of(number), "Ada@Example.com");
  change.number_email = change.number_email_key = "lovelace@example.com";
  apply(change);
  EXPECT_EQ(person_of(number), "lovelace@example.com");
  EXPECT_EQ(person_of({{2}, "cus_1"}), std::nullopt);
}

TEST_P(SourceContract, WhatSendersToldOfAPersonGoesWithTheUser) {
  const PersonNumber number{{1}, "cus_1"};
  const OrderKey order{{1}, "ada@example.com", {std::byte{7}}};
  Change change;
  change.create = NewUser{.email = "Ada@example.com", .login = "ada", .display_name = "ada"};
  change.email_key = "ada@example.com";
  change.number = number;
  change.number_email = "Ada@example.com";
  change.number_email_key = "ada@example.com";
  change.orders = {order};
  change.order_time = kNow;
  const UserId user = *apply(change).user;
  ASSERT_TRUE(store_->remove_user(user));
  EXPECT_EQ(person_of(number), std::nullopt);
  EXPECT_EQ(order_time(order), std::nullopt);
}

TEST_P(SourceContract, AHeldRequestWaitsUntilItsRowIsReplaced) {
  const WebhookId webhook{1};
  EXPECT_EQ(held(webhook), 0);
  Change change;
  change.delivery.webhook = webhook;
  change.delivery.status = DeliveryStatus::held;
  change.held = "sealed";
  const Delivery first = apply(change);
  const Delivery second = apply(change);
  EXPECT_EQ(held(webhook), 2);
  EXPECT_EQ(held({2}), 0);
  EXPECT_EQ(counted(DeliveryStatus::held), 2);

  Change release;
  release.delivery = first;
  release.delivery.status = DeliveryStatus::processed;
  release.delivery.held_until = kNow + std::chrono::hours{1};
  release.delivery.request_head = "X-Topic: orders/paid\n";
  release.releases = true;
  apply(release);
  EXPECT_EQ(held(webhook), 1);
  EXPECT_EQ(counted(DeliveryStatus::held), 1);
  EXPECT_EQ(counted(DeliveryStatus::processed), 1);
  EXPECT_EQ(store_->find_delivery(first.id)->value(), release.delivery);
  EXPECT_EQ(store_->find_delivery(second.id)->value().status, DeliveryStatus::held);
  EXPECT_EQ(store_->deliveries({}).value().size(), 2U);
}

TEST_P(SourceContract, WhatIsNotCommittedIsNotHeld) {
  Change change;
  change.delivery.webhook = {1};
  change.held = "sealed";
  {
    auto transaction = store_->begin().value();
    change.delivery.id = {1};
    change.delivery.received_at = kNow;
    ASSERT_TRUE(transaction->apply({&change, 1}));
  }
  EXPECT_EQ(held({1}), 0);
}

INSTANTIATE_TEST_SUITE_P(Backends, SourceContract, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace postern
