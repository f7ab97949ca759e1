// The part of the store port's promise that the admin API's pages rest on.
#include "conformance/backends.h"
#include "conformance/log_backends.h"

namespace postern {
namespace {

const WallTime kDay{std::chrono::sys_days{std::chrono::year{2030} / 1 / 10}};

class SearchContract : public testing::TestWithParam<Backend> {
 protected:
  // Writes it at `at` and returns its number.
  DeliveryId write(Delivery delivery, WallTime at) {
    delivery.received_at = at;
    delivery.id = delivery_id_at(at);
    return write_change(*store_, {.delivery = std::move(delivery)}).delivery.id;
  }
  UserId make_user(const std::string& email, const std::string& login) {
    Change change;
    change.delivery.received_at = kDay;
    change.delivery.user_created = true;
    change.create = NewUser{.email = email, .login = login, .display_name = login};
    change.email_key = email;
    return *write_change(*store_, std::move(change)).delivery.user;
  }

  TempFolder folder_;
  std::unique_ptr<Store> store_ = GetParam().make(folder_);
};

TEST_P(SearchContract, LastDeliveryOfEachWebhook) {
  const WebhookId first = store_->add_webhook({.name = "a"}).value();
  const WebhookId second = store_->add_webhook({.name = "b"}).value();
  for (int i = 0; i < 3; ++i) write({.webhook = i == 1 ? second : first}, kDay + std::chrono::minutes{i});
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
