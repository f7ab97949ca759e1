#include "pipeline/provision.h"
#include "store/memory/memory_store.h"
#include "unit/pipeline/site.h"

namespace postern {
namespace {

class Provision : public testing::Test {
 protected:
  std::vector<Arrival> run(std::vector<Arrival> arrivals) {
    const Result<void> done = site_.provision_all(arrivals);
    EXPECT_TRUE(done);
    return arrivals;
  }
  std::size_t users() { return static_cast<std::size_t>(store_.counts().value().users); }
  MemoryStore store_;
  Site site_{store_};
};

TEST_F(Provision, TwoDeliveriesForOneNewPersonInOneBatchMakeOneUser) {
  const auto done = run({site_.arrival("join", "Ada@Example.com"), site_.arrival("enroll", "ada@example.com")});
  EXPECT_EQ(users(), 1U);
  EXPECT_TRUE(done[0].delivery.user_created);
  EXPECT_FALSE(done[1].delivery.user_created);
  ASSERT_TRUE(done[0].delivery.user);
  EXPECT_EQ(done[0].delivery.user, done[1].delivery.user);
  EXPECT_EQ(site_.memberships("ada@example.com").size(), 3U);
}

// Also without asking for all numbers each time, and when a number becomes free again.
TEST_F(Provision, ANumberedLoginIsTheFirstFreeOne) {
  for (int i = 1; i <= 30; ++i) run({site_.arrival("join", "kontakt@a" + std::to_string(i) + ".com")});
  EXPECT_EQ(store_.find_user("kontakt@a30.com").value()->login, "kontakt30");
  ASSERT_TRUE(store_.remove_user(store_.find_user("kontakt@a7.com").value()->id));
  run({site_.arrival("join", "kontakt@b.com"), site_.arrival("join", "kontakt@c.com")});
  EXPECT_EQ(store_.find_user("kontakt@b.com").value()->login, "kontakt7");
  EXPECT_EQ(store_.find_user("kontakt@c.com").value()->login, "kontakt31");
}

TEST_F(Provision, AWelcomeEmailThatCannotBeSentIsSaidAndNotQueued) {
  Webhook webhook = *site_.catalog().current()->find_webhook(site_.join);
  webhook.effects.welcome_email = true;
  ASSERT_TRUE(store_.update_webhook(webhook));
  site_.policy.mail_server = true;
  auto done = run({site_.arrival("join", "a@example.com"), site_.arrival("join", "a@example.com")});
  EXPECT_EQ(done[0].delivery.welcome_email, WelcomeEmail::queued);
  EXPECT_EQ(done[1].delivery.welcome_email, WelcomeEmail::not_wanted);
  site_.policy.mail_server = false;
  done = run({site_.arrival("join", "b@example.com"), site_.arrival("enroll", "c@example.com")});
  EXPECT_EQ(done[0].delivery.welcome_email, WelcomeEmail::no_mail_server);
  EXPECT_EQ(done[1].delivery.welcome_email, WelcomeEmail::not_wanted);
  EXPECT_EQ(store_.counts().value().outbox, 1);
}

TEST_F(Provision, OrderWithinABatchIsOrderOfArrival) {
  run({site_.arrival("join", "ada@example.com"), site_.arrival("leave", "ada@example.com")});
  EXPECT_EQ(site_.memberships("ada@example.com").size(), 0U);
  run({site_.arrival("leave", "ada@example.com"), site_.arrival("join", "ada@example.com")});
  EXPECT_EQ(site_.memberships("ada@example.com").size(), 1U);
}

// The committer tries the deliveries of a batch that failed one by one: a repeat must not be told that the first one
// was processed when it was not.
TEST_F(Provision, ATryThatWasNotCommittedLeavesNothingBehind) {
  std::vector<Arrival> both{site_.arrival("join", "ada@example.com"), site_.arrival("join", "ada@example.com")};
  for (Arrival& each : both) each.repeat_hash.emplace();
  {
    const auto transaction = store_.begin().value();
    Arrival* const arrivals[] = {&both[0], &both[1]};
    ASSERT_TRUE(provision(*transaction, *site_.catalog().current(), {}, site_.clock, site_.hints, arrivals));
    ASSERT_EQ(both[1].delivery.status, DeliveryStatus::duplicate);
  }
  const auto done = run({both[1]});
  EXPECT_EQ(done[0].delivery.status, DeliveryStatus::processed);
  EXPECT_TRUE(done[0].delivery.user_created);
  EXPECT_EQ(done[0].delivery.duplicate_of, std::nullopt);
}

TEST_F(Provision, TwoNewPeopleWhoWantOneLoginGetTwo) {
  auto first = site_.arrival("join", "ada@one.com");
  auto second = site_.arrival("join", "ada@two.com");
  run({first, second});
  EXPECT_EQ(store_.find_user("ada@one.com").value()->login, "ada");
  EXPECT_EQ(store_.find_user("ada@two.com").value()->login, "ada2");
}

TEST_F(Provision, ARepeatWithinABatchChangesNothingAndGetsTheFirstReply) {
  auto first = site_.arrival("join", "ada@example.com");
  first.repeat_hash = std::array<std::byte, 16>{std::byte{1}};
  const auto done = run({first, first});
  EXPECT_EQ(done[1].delivery.status, DeliveryStatus::duplicate);
  EXPECT_EQ(done[1].delivery.duplicate_of, done[0].delivery.id);
  ASSERT_TRUE(done[1].first);
  EXPECT_EQ(done[1].first->user, done[0].delivery.user);
  const auto later = run({first});
  EXPECT_EQ(later[0].delivery.duplicate_of, done[0].delivery.id);
}

TEST_F(Provision, AKeyUsedForAnotherBodyIsRefused) {
  auto first = site_.arrival("join", "ada@example.com");
  first.repeat_hash = std::array<std::byte, 16>{std::byte{1}};
  auto other = first;
  other.body_hash = {std::byte{9}};
  for (const auto& done : {run({first, other}), run({other})}) {
    ASSERT_TRUE(done.back().rejection);
    EXPECT_EQ(done.back().rejection->code, "idempotency_key_reused");
  }
}

TEST_F(Provision, AnUnknownKeyLeavesNoRow) {
  const auto done = run({site_.arrival("nobody", "ada@example.com")});
  EXPECT_TRUE(done[0].unknown_webhook);
  EXPECT_EQ(store_.counts().value().deliveries, 0);
  EXPECT_EQ(users(), 0U);
}

TEST_F(Provision, ARejectedOneLeavesARowAndNothingElse) {
  auto bad = site_.arrival("join", "");
  bad.fault = Rejection{400, "invalid_email", "The e-mail address is not valid."};
  const auto done = run({bad, site_.arrival("join", "ada@example.com")});
  EXPECT_EQ(done[0].delivery.status, DeliveryStatus::rejected);
  EXPECT_EQ(store_.counts().value().deliveries, 2);
  EXPECT_EQ(users(), 1U);
}

TEST_F(Provision, NobodyIsCreatedWhereThatIsSwitchedOff) {
  run({site_.arrival("join", "known@example.com")});
  site_.policy.create_users = false;
  const auto done = run({site_.arrival("join", "new@example.com"), site_.arrival("enroll", "known@example.com")});
  ASSERT_TRUE(done[0].rejection);
  EXPECT_EQ(done[0].rejection->code, "user_creation_disabled");
  EXPECT_EQ(done[1].delivery.status, DeliveryStatus::processed);
  EXPECT_EQ(users(), 1U);
}

TEST_F(Provision, NumbersRiseEvenWhenTheClockStandsStillOrGoesBack) {
  const auto first = run({site_.arrival("join", "a@example.com"), site_.arrival("join", "b@example.com")});
  site_.clock.advance(std::chrono::hours{-1});
  const auto later = run({site_.arrival("join", "c@example.com")});
  EXPECT_LT(first[0].delivery.id, first[1].delivery.id);
  EXPECT_LT(first[1].delivery.id, later[0].delivery.id);
}

TEST_F(Provision, AnExpiredKeyIsGone) {
  CatalogData data = store_.load_catalog().value();
  Webhook webhook = data.webhooks.at(0);
  webhook.keys.at(0).expires_at = site_.clock.now();
  ASSERT_TRUE(store_.update_webhook(webhook));
  const auto done = run({site_.arrival("join", "ada@example.com")});
  ASSERT_TRUE(done[0].rejection);
  EXPECT_EQ(done[0].rejection->status, 410);
}

}  // namespace
}  // namespace postern
