// The store port's promise, run against every adapter.
#include "conformance/backends.h"
#include "conformance/log_backends.h"

namespace postern {
namespace {

const WallTime kNow{std::chrono::sys_days{std::chrono::year{2030} / 1 / 1}};

class StoreContract : public testing::TestWithParam<Backend> {
 protected:
  // Writes one decided delivery and commits. The number of the delivery counts up.
  Change apply(Change change) {
    if (change.delivery.received_at == WallTime{}) change.delivery.received_at = kNow;
    return write_change(*store_, std::move(change));
  }
  UserId make_user(const std::string& email, const std::string& login) {
    return *apply(new_user(email, login)).delivery.user;
  }
  static Change new_user(const std::string& email, const std::string& login) {
    Change change;
    change.create = NewUser{.email = email, .login = login, .display_name = login};
    change.email_key = email;
    return change;
  }
  SpaceId make_space(const std::string& slug) { return store_->add_space({.slug = slug, .title = slug}).value(); }
  Facts facts(const std::string& email, const std::vector<SpaceId>& spaces) {
    const FactsQuery query{email, spaces};
    return store_->begin().value()->facts({&query, 1}).value().front();
  }

  TempFolder folder_;
  std::unique_ptr<Store> store_ = GetParam().make(folder_);
};

TEST_P(StoreContract, UnknownAddressHasNoFacts) {
  EXPECT_EQ(facts("nobody@example.com", {{1}}), Facts{});
}

TEST_P(StoreContract, UserIsFoundAsWritten) {
  Change change = new_user("Ada@Example.com", "Ada");
  change.email_key = "ada@example.com";
  change.create->first_name = "Ada \xc3\xab";
  change.create->last_name = "";
  change.create->display_name = "Ada \xc3\xab";
  const UserId id = *apply(change).delivery.user;
  const User want{id, "Ada@Example.com", "Ada", "Ada \xc3\xab", "", "Ada \xc3\xab", false, kNow};
  EXPECT_EQ(*store_->find_user("ada@example.com"), want);
  EXPECT_EQ(*store_->find_user("Ada@Example.com"), std::nullopt);
}

TEST_P(StoreContract, RoleAndMetaAreKeptAndCanBeEdited) {
  EXPECT_EQ(store_->user_by_id(make_user("bob@example.com", "bob")).value()->role, kDefaultUserRole);
  Change change = new_user("ada@example.com", "ada");
  change.create->role = "customer";
  change.create->meta = R"({"plan":"gold"})";
  const UserId id = *apply(change).delivery.user;
  EXPECT_EQ(store_->find_user("ada@example.com").value()->role, "customer");
  EXPECT_EQ(store_->find_user("ada@example.com").value()->meta, R"({"plan":"gold"})");
  ASSERT_TRUE(store_->edit_user(id, {.role = "vip", .meta = {}}));
  EXPECT_EQ(store_->user_by_id(id).value()->role, "vip");
  EXPECT_EQ(store_->user_by_id(id).value()->meta, R"({"plan":"gold"})");
  ASSERT_TRUE(store_->edit_user(id, {.role = std::string(kDefaultUserRole), .meta = ""}));
  EXPECT_EQ(store_->list_users({.search = "ada"}).value().users.at(0).role, kDefaultUserRole);
  EXPECT_EQ(store_->user_by_id(id).value()->meta, "");
  EXPECT_EQ(store_->edit_user({99}, {.role = "vip", .meta = {}}).error().code, Errc::not_found);
}

TEST_P(StoreContract, EmailAndLoginAreUnique) {
  make_user("ada@example.com", "ada");
  for (const auto& [email, login] : {std::pair("ada@example.com", "other"), std::pair("b@example.com", "ADA")}) {
    auto transaction = store_->begin().value();
    Change change = new_user(email, login);
    change.delivery.id = DeliveryId{99};
    Change changes[] = {change};
    EXPECT_EQ(transaction->apply(changes).error().code, Errc::conflict) << email;
  }
  EXPECT_EQ(store_->counts()->users, 1);
}

TEST_P(StoreContract, LoginsAreComparedWithoutAsciiCaseOnly) {
  make_user("ada@example.com", "Ada");
  const std::vector<std::string> logins{"ada", "ADA", "bob", "\xc3\x84"};
  EXPECT_EQ(store_->begin().value()->logins_taken(logins).value(), (std::vector<bool>{true, true, false, false}));
}

TEST_P(StoreContract, MembershipsComeAndGo) {
  const SpaceId a = make_space("a");
  const SpaceId b = make_space("b");
  Change change = new_user("ada@example.com", "ada");
  change.memberships = {{MembershipChange::Kind::join, {a, Role::member, MembershipStatus::pending}},
                        {MembershipChange::Kind::join, {b, Role::student, MembershipStatus::active}}};
  const UserId user = *apply(change).delivery.user;
  Change next;
  next.delivery.user = user;
  next.memberships = {{MembershipChange::Kind::update, {a, Role::moderator, MembershipStatus::active}},
                      {MembershipChange::Kind::leave, {b, Role::student, MembershipStatus::active}}};
  const DeliveryId because = apply(next).delivery.id;
  EXPECT_EQ(facts("ada@example.com", {a, b}).memberships,
            (std::vector<Membership>{{a, Role::moderator, MembershipStatus::active}}));
  const auto rows = store_->memberships(user).value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].because_of, because);
}

TEST_P(StoreContract, FactsSpeakOnlyOfWhatWasAsked) {
  const SpaceId a = make_space("a");
  const SpaceId b = make_space("b");
  Change change = new_user("ada@example.com", "ada");
  change.memberships = {{MembershipChange::Kind::join, {a, Role::member, MembershipStatus::active}}};
  apply(change);
  EXPECT_TRUE(facts("ada@example.com", {b}).memberships.empty());
}

// Whatever a store keeps in memory to answer faster must not show.
TEST_P(StoreContract, FactsFollowWhatIsDoneByHand) {
  const SpaceId a = make_space("a");
  const UserId ada = make_user("ada@example.com", "ada");
  while (store_->warm_portion().value()) {
  }
  const std::vector<Membership> none;
  EXPECT_EQ(facts("ada@example.com", {a}).memberships, none);
  const Membership moderator{a, Role::moderator, MembershipStatus::blocked};
  ASSERT_TRUE(store_->set_membership(ada, moderator, kNow));
  EXPECT_EQ(facts("ada@example.com", {a}).memberships, std::vector<Membership>{moderator});
  ASSERT_TRUE(store_->remove_membership(ada, a));
  EXPECT_EQ(facts("ada@example.com", {a}).memberships, none);
  ASSERT_TRUE(store_->set_administrator(ada, true));
  EXPECT_TRUE(facts("ada@example.com", {a}).administrator);
  ASSERT_TRUE(store_->set_membership(ada, {a}, kNow));
  EXPECT_EQ(facts("ada@example.com", {a}).memberships, std::vector<Membership>{{a}});
  ASSERT_TRUE(store_->remove_space(a));
  EXPECT_EQ(facts("ada@example.com", {a}).memberships, none);
  ASSERT_TRUE(store_->remove_user(ada));
  EXPECT_EQ(facts("ada@example.com", {a}), Facts{});
  const UserId again = make_user("ada@example.com", "ada");
  EXPECT_NE(again, ada);
  EXPECT_EQ(facts("ada@example.com", {a}).user, again);
}

TEST_P(StoreContract, FactsFollowATransactionAndItsEnd) {
  const SpaceId a = make_space("a");
  const SpaceId b = make_space("b");
  Change joined = new_user("ada@example.com", "ada");
  joined.memberships = {{MembershipChange::Kind::join, {a}}};
  const UserId ada = *apply(joined).delivery.user;
  const Facts before = facts("ada@example.com", {a, b});
  const std::vector<SpaceId> both{a, b};
  const std::vector<FactsQuery> queries{{"ada@example.com", both}, {"bob@example.com", both}};
  {
    auto transaction = store_->begin().value();
    std::vector<Change> changes{new_user("bob@example.com", "bob"), {}};
    const DeliveryId last = transaction->last_delivery_id().value();
    changes[0].delivery.id = {last.value + 1};
    changes[1].delivery.id = {last.value + 2};
    changes[1].delivery.user = ada;
    changes[1].memberships = {{MembershipChange::Kind::leave, {a}},
                              {MembershipChange::Kind::join, {b, Role::student, MembershipStatus::pending}}};
    ASSERT_TRUE(transaction->apply(changes));
    const std::vector<Facts> within = transaction->facts(queries).value();
    EXPECT_EQ(within[0].memberships, (std::vector<Membership>{{b, Role::student, MembershipStatus::pending}}));
    EXPECT_TRUE(within[1].user.has_value());
  }
  EXPECT_EQ(facts("ada@example.com", {a, b}), before);
  EXPECT_EQ(facts("bob@example.com", {a, b}), Facts{});
}

TEST_P(StoreContract, LaterChangeOfABatchMayConcernAUserMadeInIt) {
  const SpaceId a = make_space("a");
  auto transaction = store_->begin().value();
  std::vector<Change> changes{new_user("ada@example.com", "ada"), {}};
  changes[0].delivery.id = DeliveryId{1};
  changes[1].delivery.id = DeliveryId{2};
  changes[1].created_by = 0;
  changes[1].memberships = {{MembershipChange::Kind::join, {a, Role::member, MembershipStatus::active}}};
  ASSERT_TRUE(transaction->apply(changes));
  ASSERT_TRUE(transaction->commit());
  transaction.reset();
  EXPECT_EQ(changes[0].delivery.user, changes[1].delivery.user);
  EXPECT_EQ(facts("ada@example.com", {a}).memberships.size(), 1U);
}

TEST_P(StoreContract, WithoutCommitNothingIsLeft) {
  {
    auto transaction = store_->begin().value();
    Change changes[] = {new_user("ada@example.com", "ada")};
    changes[0].delivery.id = DeliveryId{1};
    ASSERT_TRUE(transaction->apply(changes));
  }
  EXPECT_EQ(store_->counts()->users, 0);
  EXPECT_EQ(store_->counts()->deliveries, 0);
  EXPECT_EQ(store_->begin().value()->last_delivery_id()->value, 0);
}

TEST_P(StoreContract, AnOpenTransactionIsSeenByNobodyAndBlocksNoReader) {
  const SpaceId space = make_space("a");
  auto transaction = store_->begin().value();
  Change change = new_user("ada@example.com", "ada");
  change.delivery.id = DeliveryId{1};
  Change changes[] = {change};
  ASSERT_TRUE(transaction->apply(changes));
  EXPECT_EQ(*store_->find_user("ada@example.com"), std::nullopt);
  EXPECT_EQ(store_->load_catalog()->spaces.at(0).id, space);
  ASSERT_TRUE(transaction->commit());
  EXPECT_TRUE(store_->find_user("ada@example.com")->has_value());
}

TEST_P(StoreContract, EveryCatalogChangeRaisesTheGeneration) {
  std::int64_t before = store_->catalog_generation().value();
  std::uint64_t changes = store_->own_changes();
  const auto raised = [&] {
    const std::int64_t now = store_->catalog_generation().value();
    const bool higher = now > before && store_->begin().value()->catalog_generation() == now;
    EXPECT_EQ(store_->own_changes() > changes, higher);
    before = now;
    changes = store_->own_changes();
    return higher;
  };
  Space space{.slug = "a", .title = "A"};
  space.id = store_->add_space(space).value();
  EXPECT_TRUE(raised());
  space.title = "B";
  ASSERT_TRUE(store_->update_space(space));
  EXPECT_TRUE(raised());
  Webhook webhook{.name = "w"};
  webhook.id = store_->add_webhook(webhook).value();
  EXPECT_TRUE(raised());
  ASSERT_TRUE(store_->update_webhook(webhook));
  EXPECT_TRUE(raised());
  ASSERT_TRUE(store_->remove_webhook(webhook.id));
  EXPECT_TRUE(raised());
  ASSERT_TRUE(store_->remove_space(space.id));
  EXPECT_TRUE(raised());
  make_user("ada@example.com", "ada");
  EXPECT_FALSE(raised());
}

TEST_P(StoreContract, CatalogIsReadBackWhole) {
  Space space{.kind = SpaceKind::course,
              .slug = "c",
              .title = "C \xc3\xab",
              .privacy = Privacy::secret,
              .needs_approval = true,
              .archived = true,
              .created_at = kNow};
  space.id = store_->add_space(space).value();
  Webhook webhook{.name = "w", .state = WebhookState::paused, .created_at = kNow};
  webhook.effects = {{{1}, {2}}, {{3}}, {{4}}, {{6}, {5}}, true};
  webhook.keys = {{{2}, {std::byte{2}}, std::string("s\0t", 3), kNow, std::nullopt},
                  {{1}, {std::byte{1}}, "x", kNow, kNow + std::chrono::hours{1}}};
  webhook.id = store_->add_webhook(webhook).value();
  const CatalogData data = store_->load_catalog().value();
  EXPECT_EQ(data.spaces, std::vector<Space>{space});
  EXPECT_EQ(data.webhooks, std::vector<Webhook>{webhook});
}

TEST_P(StoreContract, SlugIsUniqueAmongSpacesAndCourses) {
  make_space("a");
  EXPECT_EQ(store_->add_space({.kind = SpaceKind::course, .slug = "a", .title = "A"}).error().code, Errc::conflict);
  Space b{.slug = "b", .title = "B"};
  b.id = store_->add_space(b).value();
  b.slug = "a";
  EXPECT_EQ(store_->update_space(b).error().code, Errc::conflict);
}

TEST_P(StoreContract, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(store_->update_space({.id = {9}, .slug = "x", .title = "X"}).error().code, Errc::not_found);
  EXPECT_EQ(store_->remove_space({9}).error().code, Errc::not_found);
  EXPECT_EQ(store_->update_webhook({.id = {9}}).error().code, Errc::not_found);
  EXPECT_EQ(store_->remove_webhook({9}).error().code, Errc::not_found);
  EXPECT_EQ(store_->remove_user({9}).error().code, Errc::not_found);
  EXPECT_EQ(store_->set_administrator({9}, true).error().code, Errc::not_found);
  EXPECT_EQ(store_->set_membership({9}, {{9}}, kNow).error().code, Errc::not_found);
}

TEST_P(StoreContract, NumbersAreNotUsedAgain) {
  const SpaceId space = make_space("a");
  ASSERT_TRUE(store_->remove_space(space));
  EXPECT_NE(make_space("a"), space);
  const UserId user = make_user("ada@example.com", "ada");
  ASSERT_TRUE(store_->remove_user(user));
  EXPECT_NE(make_user("ada@example.com", "ada"), user);
}

TEST_P(StoreContract, RemovingASpaceOrUserTakesTheMembershipsAlong) {
  const SpaceId a = make_space("a");
  const SpaceId b = make_space("b");
  const UserId user = make_user("ada@example.com", "ada");
  for (const SpaceId each : {a, b}) ASSERT_TRUE(store_->set_membership(user, {each}, kNow));
  ASSERT_TRUE(store_->remove_space(a));
  EXPECT_EQ(store_->counts()->memberships, 1);
  ASSERT_TRUE(store_->remove_user(user));
  EXPECT_EQ(store_->counts()->memberships, 0);
}

TEST_P(StoreContract, UsersAreListedInPages) {
  const SpaceId a = make_space("a");
  std::vector<UserId> ids;
  for (const char* name : {"ada", "adam", "bob"}) ids.push_back(make_user(std::string(name) + "@example.com", name));
  ASSERT_TRUE(store_->set_membership(ids[2], {a}, kNow));
  ASSERT_TRUE(store_->set_administrator(ids[0], true));
  EXPECT_TRUE(facts("ada@example.com", {}).administrator);
  const auto found = [&](const UserPage& page) {
    std::vector<UserId> out;
    const std::vector<User> users = store_->list_users(page).value().users;
    for (const User& user : users) out.push_back(user.id);
    return out;
  };
  using Ids = std::vector<UserId>;
  EXPECT_EQ(found({}), ids);
  EXPECT_EQ(found({.limit = 2}), (Ids{ids[0], ids[1]}));
  EXPECT_EQ(found({.after = ids[1]}), (Ids{ids[2]}));
  EXPECT_EQ(found({.search = "ADA"}), (Ids{ids[0], ids[1]}));
  EXPECT_EQ(found({.search = "%"}), (Ids{}));
  EXPECT_EQ(found({.member_of = a}), (Ids{ids[2]}));
  EXPECT_EQ(found({.search = "ada", .member_of = a}), (Ids{}));
}

TEST_P(StoreContract, CanBeWrittenTo) {
  EXPECT_TRUE(store_->check_writable());
}

TEST_P(StoreContract, TheCatalogKnowsWhetherThereIsAnEndpoint) {
  const CatalogData before = store_->load_catalog().value();
  EXPECT_FALSE(before.endpoints);
  const EndpointId id =
      store_->add_endpoint({.name = "Shop", .url = "https://shop.example.com/", .created_at = kNow}).value();
  const CatalogData with = store_->load_catalog().value();
  EXPECT_TRUE(with.endpoints);
  EXPECT_GT(with.generation, before.generation);
  ASSERT_TRUE(store_->remove_endpoint(id, 1));
  const CatalogData after = store_->load_catalog().value();
  EXPECT_FALSE(after.endpoints);
  EXPECT_GT(after.generation, with.generation);
  EXPECT_EQ(store_->endpoints().value(), std::vector<Endpoint>());
}

INSTANTIATE_TEST_SUITE_P(Backends, StoreContract, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace postern
