// The part of the store port's promise that the admin API's pages rest on.
#include "conformance/backends.h"

namespace postern {
namespace {

const WallTime kDay{std::chrono::sys_days{std::chrono::year{2030} / 1 / 10}};
using Ids = std::vector<std::int64_t>;

class SearchContract : public testing::TestWithParam<Backend> {
 protected:
  // Writes it at `at` and returns its number.
  DeliveryId write(Delivery delivery, WallTime at) {
    auto transaction = store_->begin().value();
    delivery.received_at = at;
    delivery.id = DeliveryId{std::max(transaction->last_delivery_id()->value + 1, delivery_id_at(at).value)};
    Change changes[] = {{.delivery = std::move(delivery)}};
    EXPECT_TRUE(transaction->apply(changes));
    EXPECT_TRUE(transaction->commit());
    return changes[0].delivery.id;
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
      const DeliveryPage page = store_->search(query).value();
      EXPECT_LE(page.deliveries.size(), limit);
      for (const std::int64_t each : numbers(page.deliveries)) out.push_back(each);
      if (!page.next) return out;
      (query.after ? query.after : query.before) = page.next;
    }
    ADD_FAILURE() << "the search does not end";
    return out;
  }
  void index() {
    while (store_->index_portion().value()) {
    }
  }
  UserId make_user(const std::string& email, const std::string& login) {
    auto transaction = store_->begin().value();
    Change change;
    change.delivery.id = DeliveryId{transaction->last_delivery_id()->value + 1};
    change.delivery.received_at = kDay;
    change.delivery.user_created = true;
    change.create = NewUser{.email = email, .login = login, .display_name = login};
    change.email_key = email;
    Change changes[] = {std::move(change)};
    EXPECT_TRUE(transaction->apply(changes));
    EXPECT_TRUE(transaction->commit());
    return *changes[0].delivery.user;
  }

  TempFolder folder_;
  std::unique_ptr<Store> store_ = GetParam().make(folder_);
  std::vector<DeliveryId> ids_;
};

TEST_P(SearchContract, FindsThePersonWhetherIndexedOrNot) {
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

TEST_P(SearchContract, FiltersAndPagesInBothDirections) {
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

TEST_P(SearchContract, LooksAtABoundedNumberOfRowsAndSaysHowFar) {
  fill(10);
  const DeliveryPage page = store_->search({.text = "gold-0;", .max_examined = 4}).value();
  EXPECT_TRUE(page.deliveries.empty());
  EXPECT_EQ(page.next, ids_[6]);
  EXPECT_EQ(page.searched_back_to, time_of(ids_[6]));
  EXPECT_EQ(found({.text = "gold-0;", .max_examined = 4}), (Ids{0}));
  EXPECT_EQ(numbers(store_->deliveries({.text = "gold-0;", .max_examined = 4}).value()), (Ids{0}));
  const DeliveryPage full = store_->search({.limit = 2}).value();
  EXPECT_EQ(full.next, ids_[8]);
  EXPECT_EQ(full.searched_back_to, std::nullopt);
  EXPECT_EQ(store_->search({.limit = 10}).value().next, std::nullopt);
}

TEST_P(SearchContract, TimesBeyondAllNumbersAreNoTrouble) {
  fill(2);
  const auto far = std::chrono::sys_days{std::chrono::year{9999} / 12 / 31};
  EXPECT_EQ(found({.until = WallTime{far}}), (Ids{1, 0}));
  EXPECT_EQ(found({.since = WallTime{far}}), Ids{});
}

TEST_P(SearchContract, TrimKeepsWhatFindsAPersonRight) {
  fill(10);
  index();
  const Retention retention{.keep_for = std::chrono::hours{24 * 36500}, .keep_rows = 3};
  while (store_->trim(retention, kDay, 2).value() > 0) {
  }
  EXPECT_EQ(found({.email_key = "ada@example.com"}), (Ids{9}));
  EXPECT_EQ(found({.email_key = "bob@example.com"}), (Ids{7}));
}

TEST_P(SearchContract, ErasingAPersonBlanksTheirDeliveriesInPortions) {
  fill(10);
  index();
  std::optional<DeliveryId> before;
  std::size_t erased = 0;
  do {
    const EraseProgress progress = store_->erase_person("ada@example.com", before, 3).value();
    erased += progress.erased;
    before = progress.next;
  } while (before);
  EXPECT_EQ(erased, 4U);
  EXPECT_EQ(found({.email_key = "ada@example.com"}), Ids{});
  const Delivery blank = *store_->find_delivery(ids_[3]).value();
  EXPECT_EQ(blank.email + blank.payload + blank.remote_ip, "");
  EXPECT_FALSE(blank.payload_complete);
  EXPECT_EQ(found({.text = "gold-3;"}), Ids{});
  EXPECT_EQ(found({.email_key = "bob@example.com"}), (Ids{7, 4, 1}));
  EXPECT_EQ(store_->find_delivery(ids_[4]).value()->payload, "plan=Gold-4;");
}

TEST_P(SearchContract, CountsByHourAndDay) {
  fill(3);
  write({.webhook = {1}}, kDay + std::chrono::minutes{70});
  write({.webhook = {1}, .user_created = true}, kDay + std::chrono::hours{25});
  using S = DeliveryStatus;
  const auto hour = [](int n) { return kDay + std::chrono::hours{n}; };
  EXPECT_EQ(store_->delivery_counts(kDay, std::chrono::hours{1}).value(),
            (std::vector<DeliveryCount>{{hour(0), {1}, S::processed, 1, 0},
                                        {hour(0), {1}, S::failed, 1, 0},
                                        {hour(0), {2}, S::processed, 1, 0},
                                        {hour(1), {1}, S::processed, 1, 0},
                                        {hour(25), {1}, S::processed, 1, 1}}));
  EXPECT_EQ(store_->delivery_counts(kDay, std::chrono::hours{24}).value(),
            (std::vector<DeliveryCount>{{hour(0), {1}, S::processed, 2, 0},
                                        {hour(0), {1}, S::failed, 1, 0},
                                        {hour(0), {2}, S::processed, 1, 0},
                                        {hour(24), {1}, S::processed, 1, 1}}));
  EXPECT_EQ(store_->delivery_counts(kDay + std::chrono::minutes{1}, std::chrono::hours{24}).value().size(), 1U);
  while (store_->trim({}, kDay + std::chrono::hours{24 * 36}, 100).value() > 0) {
  }
  EXPECT_EQ(store_->delivery_counts(kDay, std::chrono::hours{24}).value().size(), 1U);
}

TEST_P(SearchContract, LastDeliveryOfEachWebhook) {
  const WebhookId first = store_->add_webhook({.name = "a"}).value();
  const WebhookId second = store_->add_webhook({.name = "b"}).value();
  fill(3);
  const auto last = store_->last_deliveries().value();
  EXPECT_EQ(last.at(first), kDay + std::chrono::minutes{2});
  EXPECT_EQ(last.at(second), kDay + std::chrono::minutes{1});
}

TEST_P(SearchContract, MembersAreCountedAndListed) {
  const SpaceId a = store_->add_space({.slug = "a", .title = "A"}).value();
  const SpaceId b = store_->add_space({.slug = "b", .title = "B"}).value();
  std::vector<UserId> users;
  for (const char* name : {"ada", "bob", "eve"}) users.push_back(make_user(std::string(name) + "@example.com", name));
  EXPECT_EQ(store_->user_by_id(users[1]).value()->login, "bob");
  EXPECT_EQ(store_->user_by_id({99}).value(), std::nullopt);
  for (const UserId user : users) ASSERT_TRUE(store_->set_membership(user, {a}, kDay));
  ASSERT_TRUE(store_->set_membership(users[0], {a, Role::moderator}, kDay));
  ASSERT_TRUE(store_->set_membership(users[0], {b}, kDay));
  EXPECT_EQ(store_->member_counts().value()[a], 3);
  const auto page = store_->members(a, users[0], 1).value();
  ASSERT_EQ(page.size(), 1U);
  EXPECT_EQ(page[0].user.id, users[1]);
  EXPECT_EQ(page[0].row.membership.space, a);
  EXPECT_EQ(page[0].row.since, kDay);
  EXPECT_EQ(store_->members(a, {}, 1).value()[0].row.membership.role, Role::moderator);
  ASSERT_TRUE(store_->remove_membership(users[0], a));
  EXPECT_EQ(store_->remove_membership(users[0], a).error().code, Errc::not_found);
  EXPECT_EQ(store_->member_counts().value()[a], 2);
  ASSERT_TRUE(store_->remove_user(users[1]));
  EXPECT_EQ(store_->member_counts().value()[a], 1);
  EXPECT_EQ(store_->counts()->users, 2);
  ASSERT_TRUE(store_->remove_space(b));
  EXPECT_EQ(store_->counts()->memberships, 1);
}

TEST_P(SearchContract, PeopleAreFoundByEmailThenByLogin) {
  std::vector<UserId> ids;
  for (const auto& [email, login] : {std::pair("zoe@example.com", "Ada-zoe"), std::pair("ada@example.com", "ada"),
                                     std::pair("adam@example.com", "x"), std::pair("bob@example.com", "ada-bob")}) {
    ids.push_back(make_user(email, login));
  }
  const auto pages = [&](UserPage page) {
    std::vector<UserId> out;
    for (int i = 0; i < 10; ++i) {
      const UserList list = store_->list_users(page).value();
      for (const User& user : list.users) out.push_back(user.id);
      if (!list.next) break;
      page.after = list.next;
    }
    return out;
  };
  const std::vector<UserId> want{ids[1], ids[2], ids[3], ids[0]};
  for (const std::size_t limit : {1U, 2U, 3U, 50U}) EXPECT_EQ(pages({.search = "aDa", .limit = limit}), want) << limit;
  EXPECT_EQ(pages({.limit = 3}), ids);
  EXPECT_EQ(store_->list_users({.limit = 4}).value().next, std::nullopt);
  ASSERT_TRUE(store_->remove_user(ids[2]));
  EXPECT_EQ(store_->list_users({.after = ids[2], .search = "ada"}).error().code, Errc::invalid);
  EXPECT_EQ(store_->list_users({.after = ids[2]}).value().users.size(), 1U);
}

TEST_P(SearchContract, WhatWasDecidedOnAnOldCatalogIsNotWritten) {
  Space space{.slug = "a", .title = "A"};
  space.id = store_->add_space(space).value();
  Webhook webhook{.name = "w"};
  webhook.id = store_->add_webhook(webhook).value();
  const std::int64_t old = store_->catalog_generation().value() - 1;
  EXPECT_EQ(store_->update_space(space, old).error().code, Errc::unavailable);
  EXPECT_EQ(store_->remove_space(space.id, old).error().code, Errc::unavailable);
  EXPECT_EQ(store_->update_webhook(webhook, old).error().code, Errc::unavailable);
  EXPECT_EQ(store_->remove_webhook(webhook.id, old).error().code, Errc::unavailable);
  EXPECT_EQ(store_->catalog_generation().value(), old + 1);
  EXPECT_TRUE(store_->update_space(space, old + 1));
}

INSTANTIATE_TEST_SUITE_P(Backends, SearchContract, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace postern
