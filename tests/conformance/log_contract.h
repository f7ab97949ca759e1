// What every store promises of the delivery log, alone: run by conformance/log_contract.cpp and wherever a store has
// it.
#pragma once

#include "conformance/log_backends.h"

#include <algorithm>

namespace postern {
namespace {

constexpr WallTime kNow{std::chrono::sys_days{std::chrono::year{2030} / 1 / 1}};
constexpr WallTime kDay{std::chrono::sys_days{std::chrono::year{2030} / 1 / 10}};
using Ids = std::vector<std::int64_t>;

class LogContract : public testing::TestWithParam<LogBackend> {
 protected:
  // Writes it at `at` and returns its number.
  DeliveryId write(Delivery delivery, WallTime at) {
    delivery.received_at = at;
    delivery.id = delivery_id_at(at);
    return write_change(*parts_.provisioning, {.delivery = std::move(delivery)}).delivery.id;
  }
  // Deliveries 0 … n-1, a minute apart, of three people to two webhooks; each fifth failed.
  void fill(int n) {
    for (int i = 0; i < n; ++i) {
      Delivery d;
      d.webhook = {i % 2 + 1};
      d.email = i % 3 == 0 ? "Ada@example.com" : i % 3 == 1 ? "bob@example.com" : "";
      d.status = i % 5 == 0 ? DeliveryStatus::failed : DeliveryStatus::processed;
      d.payload = "plan=Gold-" + std::to_string(i) + ";";
      d.remote_ip = "192.0.2.1";
      ids_.push_back(write(std::move(d), kDay + std::chrono::minutes{i}));
    }
  }
  Ids numbers(const std::vector<Delivery>& deliveries) const {
    Ids out;
    for (const Delivery& each : deliveries) out.push_back(std::find(ids_.begin(), ids_.end(), each.id) - ids_.begin());
    return out;
  }
  // All pages of a search, and that each is as long as it may be.
  Ids found(DeliveryQuery query, std::size_t limit = 3) {
    Ids out;
    query.limit = limit;
    for (int pages = 0; pages < 100; ++pages) {
      const DeliveryPage page = parts_.log->search(query).value();
      EXPECT_LE(page.deliveries.size(), limit);
      for (const std::int64_t each : numbers(page.deliveries)) out.push_back(each);
      if (!page.next) return out;
      (query.after ? query.after : query.before) = page.next;
    }
    ADD_FAILURE() << "the search does not end";
    return out;
  }
  void index() {
    while (parts_.log->index_portion().value()) {
    }
  }
  Delivery apply(Change change) {
    if (change.delivery.received_at == WallTime{}) change.delivery.received_at = kNow;
    return write_change(*parts_.provisioning, std::move(change)).delivery;
  }
  std::optional<WallTime> order_time(const OrderKey& order) {
    return parts_.provisioning->begin().value()->order_times({&order, 1}).value().front();
  }
  std::optional<std::string> person_of(const PersonNumber& number) {
    return parts_.provisioning->begin().value()->people_of({&number, 1}).value().front();
  }
  std::int64_t held(WebhookId webhook) {
    return parts_.provisioning->begin().value()->held_requests(webhook).value().requests;
  }
  std::int64_t counted(DeliveryStatus status) {
    std::int64_t out = 0;
    const auto counts = parts_.log->delivery_counts(kNow, std::chrono::hours{1}).value();
    for (const DeliveryCount& each : counts) {
      if (each.status == status) out += each.deliveries;
    }
    return out;
  }

  TempFolder folder_;
  LogParts parts_ = GetParam().make(folder_);
  std::vector<DeliveryId> ids_;
};

TEST_P(LogContract, FindsThePersonWhetherIndexedOrNot) {
  fill(10);
  const Ids want{9, 6, 3, 0};
  EXPECT_EQ(found({.email_key = "ada@example.com"}), want);
  index();
  EXPECT_EQ(found({.email_key = "ada@example.com"}), want);
  EXPECT_EQ(found({.email_key = "ada@example.com"}, 1), want);
  EXPECT_EQ(found({.email_key = "ada@example.com", .since = kDay + std::chrono::minutes{3}}), (Ids{9, 6, 3}));
  EXPECT_EQ(found({.email_key = "ada@example.com", .before = ids_[6]}), (Ids{3, 0}));
  EXPECT_EQ(found({.email_key = "ada@example.com", .before = ids_[9], .max_examined = 1}), (Ids{6, 3, 0}));
  EXPECT_EQ(found({.email_key = "ada@example.com", .after = ids_[0]}), (Ids{3, 6, 9}));
  EXPECT_EQ(found({.webhook = WebhookId{1}, .email_key = "ada@example.com"}), (Ids{6, 0}));
  EXPECT_EQ(found({.email_key = "nobody@example.com"}), Ids{});
}

TEST_P(LogContract, FiltersAndPagesInBothDirections) {
  fill(10);
  index();
  const auto at = [](int minute) { return kDay + std::chrono::minutes{minute}; };
  EXPECT_EQ(found({}), (Ids{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}));
  EXPECT_EQ(found({.webhook = WebhookId{2}}), (Ids{9, 7, 5, 3, 1}));
  EXPECT_EQ(found({.webhook = WebhookId{2}, .after = DeliveryId{0}}), (Ids{1, 3, 5, 7, 9}));
  EXPECT_EQ(found({.status = DeliveryStatus::failed}), (Ids{5, 0}));
  EXPECT_EQ(found({.status = DeliveryStatus::failed, .after = ids_[0]}), (Ids{5}));
  EXPECT_EQ(found({.webhook = WebhookId{1}, .status = DeliveryStatus::failed}), (Ids{0}));
  EXPECT_EQ(found({.since = at(2), .until = at(5)}), (Ids{4, 3, 2}));
  EXPECT_EQ(found({.text = "GOLD-7;"}), (Ids{7}));
  EXPECT_EQ(found({.text = "bob@EXAMPLE"}), (Ids{7, 4, 1}));
  EXPECT_EQ(found({.text = "gold", .text_in_payload = false}), Ids{});
}

TEST_P(LogContract, LooksAtABoundedNumberOfRowsAndSaysHowFar) {
  fill(10);
  const DeliveryPage page = parts_.log->search({.text = "gold-0;", .max_examined = 4}).value();
  EXPECT_TRUE(page.deliveries.empty());
  EXPECT_EQ(page.next, ids_[6]);
  EXPECT_EQ(page.searched_back_to, time_of(ids_[6]));
  EXPECT_EQ(found({.text = "gold-0;", .max_examined = 4}), (Ids{0}));
  EXPECT_EQ(numbers(parts_.log->deliveries({.text = "gold-0;", .max_examined = 4}).value()), (Ids{0}));
  const DeliveryPage full = parts_.log->search({.limit = 2}).value();
  EXPECT_EQ(full.next, ids_[8]);
  EXPECT_EQ(full.searched_back_to, std::nullopt);
  EXPECT_EQ(parts_.log->search({.limit = 10}).value().next, std::nullopt);
}

TEST_P(LogContract, TimesBeyondAllNumbersAreNoTrouble) {
  fill(2);
  const auto far = std::chrono::sys_days{std::chrono::year{9999} / 12 / 31};
  EXPECT_EQ(found({.until = WallTime{far}}), (Ids{1, 0}));
  EXPECT_EQ(found({.since = WallTime{far}}), Ids{});
}

TEST_P(LogContract, TrimKeepsWhatFindsAPersonRight) {
  fill(10);
  index();
  const Retention retention{.keep_for = std::chrono::hours{24 * 36500}, .keep_rows = 3};
  while (parts_.log->trim(retention, kDay, 2).value() > 0) {
  }
  EXPECT_EQ(found({.email_key = "ada@example.com"}), (Ids{9}));
  EXPECT_EQ(found({.email_key = "bob@example.com"}), (Ids{7}));
}

TEST_P(LogContract, ErasingAPersonBlanksTheirDeliveriesInPortions) {
  fill(10);
  index();
  std::optional<DeliveryId> before;
  std::size_t erased = 0;
  do {
    const EraseProgress progress = parts_.log->erase_person("ada@example.com", before, 3).value();
    erased += progress.erased;
    before = progress.next;
  } while (before);
  EXPECT_EQ(erased, 4U);
  EXPECT_EQ(found({.email_key = "ada@example.com"}), Ids{});
  const Delivery blank = *parts_.log->find_delivery(ids_[3]).value();
  EXPECT_EQ(blank.email + blank.payload + blank.remote_ip, "");
  EXPECT_FALSE(blank.payload_complete);
  EXPECT_EQ(found({.text = "gold-3;"}), Ids{});
  EXPECT_EQ(found({.email_key = "bob@example.com"}), (Ids{7, 4, 1}));
  EXPECT_EQ(parts_.log->find_delivery(ids_[4]).value()->payload, "plan=Gold-4;");
}

TEST_P(LogContract, CountsByHourAndDay) {
  fill(3);
  write({.webhook = {1}}, kDay + std::chrono::minutes{70});
  write({.webhook = {1}, .user_created = true}, kDay + std::chrono::hours{25});
  using S = DeliveryStatus;
  const auto hour = [](int n) { return kDay + std::chrono::hours{n}; };
  EXPECT_EQ(parts_.log->delivery_counts(kDay, std::chrono::hours{1}).value(),
            (std::vector<DeliveryCount>{{hour(0), {1}, S::processed, 1, 0},
                                        {hour(0), {1}, S::failed, 1, 0},
                                        {hour(0), {2}, S::processed, 1, 0},
                                        {hour(1), {1}, S::processed, 1, 0},
                                        {hour(25), {1}, S::processed, 1, 1}}));
  EXPECT_EQ(parts_.log->delivery_counts(kDay, std::chrono::hours{24}).value(),
            (std::vector<DeliveryCount>{{hour(0), {1}, S::processed, 2, 0},
                                        {hour(0), {1}, S::failed, 1, 0},
                                        {hour(0), {2}, S::processed, 1, 0},
                                        {hour(24), {1}, S::processed, 1, 1}}));
  EXPECT_EQ(parts_.log->delivery_counts(kDay + std::chrono::minutes{1}, std::chrono::hours{24}).value().size(), 1U);
  while (parts_.log->trim({}, kDay + std::chrono::hours{24 * 36}, 100).value() > 0) {
  }
  EXPECT_EQ(parts_.log->delivery_counts(kDay, std::chrono::hours{24}).value().size(), 1U);
}

TEST_P(LogContract, WhatScriptsDidIsKeptUntilThePersonIsErased) {
  Change change;
  change.delivery.email = "ada@example.com";
  change.delivery.scripts = "The script all.lua refused it: No.";
  const DeliveryId id = apply(change).id;
  EXPECT_EQ(parts_.log->find_delivery(id).value()->scripts, change.delivery.scripts);
  ASSERT_TRUE(parts_.log->erase_person("ada@example.com", {}, 10));
  EXPECT_EQ(parts_.log->find_delivery(id).value()->scripts, "");
}

TEST_P(LogContract, DeliveryIsReadBackWhole) {
  Change change;
  Delivery& d = change.delivery;
  d.received_at = kNow + std::chrono::milliseconds{5};
  d.webhook = {3};
  d.key = {2};
  d.dialect = Dialect::plugin;
  d.remote_ip = "2001:db8::1";
  d.content_type = "text/x";
  d.payload = std::string("a\0\xff", 3);
  d.body_bytes = 3;
  d.payload_complete = false;
  d.event = "order.paid";
  d.email = "Ada@example.com";
  d.status = DeliveryStatus::rejected;
  d.http_status = 423;
  d.code = "invalid_email";
  d.message = "no";
  d.outcomes = {{{7}, SpaceKind::course, "rust-101", EffectResult::added},
                {{8}, SpaceKind::space, "", EffectResult::not_found}};
  d.duration = std::chrono::microseconds{77};
  d.replay_of = DeliveryId{5};
  d.duplicate_of = DeliveryId{6};
  const Delivery written = apply(change);
  EXPECT_EQ(*parts_.log->find_delivery(written.id), written);
  EXPECT_EQ(*parts_.provisioning->begin().value()->delivery(written.id), written);
  EXPECT_EQ(*parts_.log->find_delivery(DeliveryId{written.id.value + 1}), std::nullopt);
}

TEST_P(LogContract, DeliveriesAreFiltered) {
  std::vector<DeliveryId> ids;
  for (int i = 0; i < 4; ++i) {
    Change change;
    change.delivery.webhook = {i % 2};
    change.delivery.status = i < 2 ? DeliveryStatus::processed : DeliveryStatus::rejected;
    change.delivery.email = i == 3 ? "Bob@example.com" : "ada@example.com";
    auto transaction = parts_.provisioning->begin().value();
    change.delivery.received_at = kNow + std::chrono::hours{i};
    change.delivery.id = delivery_id_at(change.delivery.received_at);
    Change changes[] = {change};
    ASSERT_TRUE(transaction->apply(changes));
    ASSERT_TRUE(transaction->commit());
    ids.push_back(change.delivery.id);
  }
  const auto found = [&](const DeliveryQuery& query) {
    std::vector<DeliveryId> out;
    const std::vector<Delivery> deliveries = parts_.log->deliveries(query).value();
    for (const Delivery& each : deliveries) out.push_back(each.id);
    return out;
  };
  using DeliveryIds = std::vector<DeliveryId>;
  EXPECT_EQ(found({}), (DeliveryIds{ids[3], ids[2], ids[1], ids[0]}));
  EXPECT_EQ(found({.limit = 2}), (DeliveryIds{ids[3], ids[2]}));
  EXPECT_EQ(found({.webhook = WebhookId{1}}), (DeliveryIds{ids[3], ids[1]}));
  EXPECT_EQ(found({.status = DeliveryStatus::processed}), (DeliveryIds{ids[1], ids[0]}));
  EXPECT_EQ(found({.email_key = "bob@example.com"}), (DeliveryIds{ids[3]}));
  EXPECT_EQ(found({.since = kNow + std::chrono::hours{2}}), (DeliveryIds{ids[3], ids[2]}));
  EXPECT_EQ(found({.before = ids[2]}), (DeliveryIds{ids[1], ids[0]}));
  EXPECT_EQ(found({.after = ids[1]}), (DeliveryIds{ids[2], ids[3]}));
}

TEST_P(LogContract, RepeatKeysAreRememberedAndForgotten) {
  Change change;
  change.repeat_key = RepeatKey{{1}, {std::byte{7}}};
  change.body_hash = {std::byte{9}};
  const DeliveryId first = apply(change).id;
  const RepeatKey keys[] = {{{1}, {std::byte{7}}}, {{2}, {std::byte{7}}}, {{1}, {std::byte{8}}}};
  const auto repeats = parts_.provisioning->begin().value()->repeats(keys).value();
  ASSERT_TRUE(repeats[0].has_value());
  EXPECT_EQ(repeats[0]->first, first);
  EXPECT_EQ(repeats[0]->body_hash, change.body_hash);
  EXPECT_FALSE(repeats[1].has_value());
  EXPECT_FALSE(repeats[2].has_value());
  while (parts_.log->trim({}, kNow + std::chrono::hours{24 * 365}, 10).value() > 0) {
  }
  EXPECT_FALSE(parts_.provisioning->begin().value()->repeats(keys).value()[0].has_value());
}

TEST_P(LogContract, TrimKeepsTheNewestInSmallBatches) {
  for (int i = 0; i < 10; ++i) apply({});
  const Retention retention{.keep_for = std::chrono::hours{24 * 36500}, .keep_rows = 4};
  EXPECT_EQ(parts_.log->trim(retention, kNow, 5).value(), 5U);
  EXPECT_EQ(parts_.log->trim(retention, kNow, 5).value(), 1U);
  EXPECT_EQ(parts_.log->trim(retention, kNow, 5).value(), 0U);
  const auto left = parts_.log->deliveries({}).value();
  ASSERT_EQ(left.size(), 4U);
  EXPECT_EQ(left.back().id.value, 7);
  EXPECT_EQ(parts_.delivery_count(), 4);
}

TEST_P(LogContract, TrimForgetsWhatIsOld) {
  for (const int day : {0, 20, 40}) {
    auto transaction = parts_.provisioning->begin().value();
    Change changes[] = {{}};
    changes[0].delivery.id = delivery_id_at(kNow + std::chrono::hours{24 * day});
    ASSERT_TRUE(transaction->apply(changes));
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(parts_.log->trim({}, kNow + std::chrono::hours{24 * 45}, 100).value(), 1U);
  EXPECT_EQ(parts_.delivery_count(), 2);
}

TEST_P(LogContract, TheNewestEventOfAnOrderCounts) {
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

TEST_P(LogContract, OrdersAreForgottenWithTheRepeatKeys) {
  const OrderKey order{{1}, "ada@example.com", {std::byte{7}}};
  Change change;
  change.orders = {order};
  change.order_time = kNow;
  apply(change);
  const Retention retention{.keep_for = std::chrono::hours{1}, .keep_repeat_keys_for = std::chrono::hours{2}};
  while (parts_.log->trim(retention, kNow, 10).value() > 0) {
  }
  EXPECT_EQ(order_time(order), std::nullopt);
}

TEST_P(LogContract, TheNumberOfAPersonLeadsToTheNewestAddress) {
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

TEST_P(LogContract, AHeldRequestWaitsUntilItsRowIsReplaced) {
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
  EXPECT_EQ(parts_.log->find_delivery(first.id)->value(), release.delivery);
  EXPECT_EQ(parts_.log->find_delivery(second.id)->value().status, DeliveryStatus::held);
  EXPECT_EQ(parts_.log->deliveries({}).value().size(), 2U);
}

TEST_P(LogContract, WhatIsNotCommittedIsNotHeld) {
  Change change;
  change.delivery.webhook = {1};
  change.held = "sealed";
  {
    auto transaction = parts_.provisioning->begin().value();
    change.delivery.id = {1};
    change.delivery.received_at = kNow;
    ASSERT_TRUE(transaction->apply({&change, 1}));
  }
  EXPECT_EQ(held({1}), 0);
}

}  // namespace
}  // namespace postern
