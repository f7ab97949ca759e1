// What webhooks with sources and protection ask of a store, run against every adapter.
#include "conformance/backends.h"
#include "conformance/log_backends.h"

namespace postern {
namespace {

const WallTime kNow{std::chrono::sys_days{std::chrono::year{2030} / 1 / 1}};

class SourceContract : public testing::TestWithParam<Backend> {
 protected:
  Delivery apply(Change change) {
    if (change.delivery.received_at == WallTime{}) change.delivery.received_at = kNow;
    return write_change(*store_, std::move(change)).delivery;
  }
  std::optional<WallTime> order_time(const OrderKey& order) {
    return store_->begin().value()->order_times({&order, 1}).value().front();
  }
  std::optional<std::string> person_of(const PersonNumber& number) {
    return store_->begin().value()->people_of({&number, 1}).value().front();
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

INSTANTIATE_TEST_SUITE_P(Backends, SourceContract, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace postern
