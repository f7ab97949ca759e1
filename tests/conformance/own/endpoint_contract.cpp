// The promise of the endpoint store, run against every adapter.
#include "conformance/own/own_parts.h"

namespace postern {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const WallTime kNow{std::chrono::sys_days{std::chrono::year{2030} / 1 / 1}};

Endpoint shop() {
  return {.name = "Shop",
          .url = "https://shop.example.com/events",
          .events = {"user.created", "membership.added"},
          .keys = {{.id = {2}, .sealed = std::string("new\0key", 7), .created_at = kNow},
                   {.id = {1}, .sealed = "old key", .created_at = kNow - hours{1}, .expires_at = kNow + hours{1}}},
          .created_at = kNow};
}

class EndpointContract : public testing::TestWithParam<OwnBackend> {
 protected:
  Endpoint find(EndpointId id) { return store_->find_endpoint(id).value().value(); }

  TempFolder folder_;
  OwnParts parts_ = GetParam().make(folder_);
  std::shared_ptr<EndpointStore> store_ = parts_.endpoints;
};

TEST_P(EndpointContract, IsFoundAsWritten) {
  const EndpointId first = store_->add_endpoint(shop()).value();
  const EndpointId second =
      store_->add_endpoint({.name = "All", .url = "https://a.example", .created_at = kNow}).value();
  Endpoint want = shop();
  want.id = first;
  EXPECT_EQ(find(first), want);
  const std::vector<Endpoint> all = store_->endpoints().value();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0], want);
  EXPECT_EQ(all[1].id, second);
  EXPECT_EQ(all[1].events, std::vector<std::string>());
  EXPECT_EQ(store_->find_endpoint({99}).value(), std::nullopt);
  EXPECT_EQ(store_->find_endpoint({0}).value(), std::nullopt);
}

TEST_P(EndpointContract, AddingAndRemovingRaiseTheCatalogsGeneration) {
  const std::int64_t before = parts_.catalog_generation();
  const EndpointId id = store_->add_endpoint(shop()).value();
  const std::int64_t with = parts_.catalog_generation();
  EXPECT_GT(with, before);
  EXPECT_FALSE(store_->remove_endpoint(id, 9));
  EXPECT_EQ(parts_.catalog_generation(), with) << "nothing was removed";
  ASSERT_TRUE(store_->remove_endpoint(id, 1));
  EXPECT_GT(parts_.catalog_generation(), with);
  EXPECT_EQ(store_->endpoints().value(), std::vector<Endpoint>());
}

TEST_P(EndpointContract, WritesAnEditAndRaisesTheVersion) {
  Endpoint edited = shop();
  edited.id = store_->add_endpoint(edited).value();
  edited.name = "Shop 2";
  edited.url = "https://other.example/";
  edited.events.clear();
  edited.paused = true;
  edited.keys.erase(edited.keys.begin());
  edited.health.problem = "because";
  ASSERT_TRUE(store_->update_endpoint(edited));
  edited.version = 2;
  EXPECT_EQ(find(edited.id), edited);
}

TEST_P(EndpointContract, NobodyOverwritesSomebodyElsesEdit) {
  Endpoint mine = shop();
  mine.id = store_->add_endpoint(mine).value();
  Endpoint other = mine;
  other.name = "Other";
  ASSERT_TRUE(store_->update_endpoint(other));
  EXPECT_EQ(store_->update_endpoint(mine).error().code, Errc::conflict);
  EXPECT_EQ(store_->remove_endpoint(mine.id, 1).error().code, Errc::conflict);
  EXPECT_EQ(find(mine.id).name, "Other");
  mine.id = {99};
  EXPECT_EQ(store_->update_endpoint(mine).error().code, Errc::not_found);
  EXPECT_EQ(store_->remove_endpoint({99}, 1).error().code, Errc::not_found);
}

TEST_P(EndpointContract, KeepsAccountOfHowItDoes) {
  const EndpointId id = store_->add_endpoint(shop()).value();
  ASSERT_TRUE(store_->record_failure(id, kNow, "It answered 500."));
  ASSERT_TRUE(store_->record_failure(id, kNow + minutes{1}, "It answered 502."));
  EXPECT_EQ(
      find(id).health,
      (EndpointHealth{.last_failure_at = kNow + minutes{1}, .failing_since = kNow, .problem = "It answered 502."}));
  EXPECT_EQ(find(id).state(), EndpointState::failing);
  ASSERT_TRUE(store_->record_success(id, kNow + minutes{2}));
  EXPECT_EQ(find(id).health,
            (EndpointHealth{.last_success_at = kNow + minutes{2}, .last_failure_at = kNow + minutes{1}}));
  EXPECT_EQ(find(id).state(), EndpointState::active);
  EXPECT_EQ(find(id).version, 1);
  EXPECT_TRUE(store_->record_success({99}, kNow));
  EXPECT_TRUE(store_->record_failure({99}, kNow, "x"));
}

TEST_P(EndpointContract, WhatComesInLateDoesNotHideWhyItWasPaused) {
  Endpoint paused = shop();
  paused.id = store_->add_endpoint(paused).value();
  ASSERT_TRUE(store_->record_failure(paused.id, kNow, "It answered 410."));
  paused = find(paused.id);
  paused.paused = true;
  ASSERT_TRUE(store_->update_endpoint(paused));
  ASSERT_TRUE(store_->record_failure(paused.id, kNow + minutes{1}, "It answered 500."));
  EXPECT_EQ(find(paused.id).health.problem, "It answered 410.");
  ASSERT_TRUE(store_->record_success(paused.id, kNow + minutes{2}));
  EXPECT_EQ(find(paused.id).health.problem, "It answered 410.");
  EXPECT_EQ(find(paused.id).state(), EndpointState::paused);
}

TEST_P(EndpointContract, CountsWhatWaitsAndWhatWasGivenUp) {
  EXPECT_TRUE(store_->event_counts().value().empty());
  const auto event = [](EndpointId endpoint, WallTime due_at) {
    return NewEffect{
        .kind = EffectKind::event, .endpoint = endpoint, .event_type = "a", .data = "{}", .due_at = due_at};
  };
  const std::vector<NewEffect> effects{event({1}, kNow),
                                       event({1}, kNow + hours{1}),
                                       event({1}, kNow + hours{2}),
                                       event({2}, kNow + hours{1}),
                                       {.kind = EffectKind::events, .due_at = kNow}};
  ASSERT_TRUE(parts_.outbox->enqueue(effects, kNow));
  const std::vector<OutboxRow> claimed =
      parts_.outbox->claim({.now = kNow, .token = 7, .kinds = {EffectKind::event}}).value();
  ASSERT_EQ(claimed.size(), 1U);
  ASSERT_TRUE(parts_.outbox->settle(claimed[0].id, 7, {.state = OutboxState::dead}).value());
  EXPECT_EQ(store_->event_counts().value(),
            (std::map<EndpointId, EventCounts>{{{1}, {.waiting = 2, .dead = 1}}, {{2}, {.waiting = 1, .dead = 0}}}));
}

INSTANTIATE_TEST_SUITE_P(Stores, EndpointContract, testing::ValuesIn(own_backends()), own_backend_name);

}  // namespace
}  // namespace postern
