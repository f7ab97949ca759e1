#include "effects/scripts/processed_performer.h"
#include "store/memory/memory_store.h"
#include "support/fake_clock.h"
#include "support/temp_folder.h"

#include <gtest/gtest.h>

#include <fstream>

namespace postern {
namespace {

class NoLog final : public Log {
 public:
  void write(LogLevel, std::string_view, LogFields) override {}
};

constexpr std::array<double, 1> kBounds{1};

class Processed : public testing::Test {
 protected:
  Processed() {
    auto transaction = store_.begin().value();
    Change change;
    change.create =
        NewUser{.email = "ada@example.com", .login = "ada", .role = "customer", .meta = R"({"plan":"gold"})"};
    change.email_key = "ada@example.com";
    change.delivery.id = delivery_id_at(clock_.now());
    change.delivery.webhook = {3};
    change.delivery.received_at = clock_.now();
    change.delivery.content_type = "application/json";
    change.delivery.payload = R"({"email":"ada@example.com","order":{"id":17},"token":"[redacted]"})";
    change.delivery.message = "User created";
    change.delivery.user_created = true;
    change.delivery.outcomes = {{{1}, SpaceKind::space, "club", EffectResult::added},
                                {{2}, SpaceKind::course, "rust", EffectResult::already_member}};
    Change changes[] = {change};
    EXPECT_TRUE(transaction->apply(changes));
    EXPECT_TRUE(transaction->commit());
    row_.effect.kind = EffectKind::processed_hook;
    row_.effect.delivery = change.delivery.id;
  }
  void script(const std::string& body) {
    std::ofstream(folder_.file("all.lua"))
        << "function incoming_webhook_processed(user, webhook, payload, outcome) " << body << " end";
    hooks_->reload();
  }
  Outcome perform() {
    ProcessedPerformer performer({*hooks_,
                                  store_,
                                  store_,
                                  [this](WebhookId id) -> std::optional<std::string> {
                                    if (removed_) return std::nullopt;
                                    return R"({"id":)" + std::to_string(id.value) + "}";
                                  },
                                  {},
                                  clock_});
    return performer.perform(row_);
  }

  TempFolder folder_;
  FakeClock clock_;
  NoLog log_;
  CounterFamily runs_;
  Histogram seconds_{kBounds};
  MemoryStore store_;
  std::unique_ptr<Hooks> hooks_ =
      Hooks::open({clock_, log_, runs_, seconds_}, {.folder = folder_.path(), .on_error = OnScriptError::reject})
          .value();
  OutboxRow row_;
  bool removed_ = false;
};

TEST_F(Processed, SeesWhatHappenedAndSaysWhatItSays) {
  script(
      "log(user.email, user.role, user.meta.plan, webhook.id, payload.order.id, payload.token, outcome.user_created, "
      "outcome.spaces.club, outcome.courses.rust, outcome.message)");
  const Outcome outcome = perform();
  EXPECT_EQ(outcome.kind, Outcome::Kind::done) << outcome.note;
  EXPECT_EQ(outcome.note, "The script ran.");
  EXPECT_EQ(outcome.response, "ada@example.com customer gold 3 17 [redacted] true added already_member User created");
  EXPECT_TRUE(outcome.follow_ups.empty());
}

TEST_F(Processed, WhatItEmitsGoesToTheOutboxUnderIdsThatStay) {
  script("emit('course.sold', {user = user.id}) emit('course.sold', {user = user.id, again = true})");
  for (int i = 0; i < 2; ++i) {
    const Outcome outcome = perform();
    ASSERT_EQ(outcome.follow_ups.size(), 2U);
    const std::string id = "evt_" + to_text(*row_.effect.delivery);
    EXPECT_EQ(outcome.follow_ups[0].kind, EffectKind::events);
    EXPECT_EQ(outcome.follow_ups[0].event_type, "course.sold");
    EXPECT_EQ(outcome.follow_ups[0].event_id, id + "_s1");
    EXPECT_EQ(outcome.follow_ups[0].data, R"({"user":1})");
    EXPECT_EQ(outcome.follow_ups[0].delivery, row_.effect.delivery);
    EXPECT_EQ(outcome.follow_ups[0].user, UserId{1});
    EXPECT_EQ(outcome.follow_ups[1].event_id, id + "_s2");
    EXPECT_EQ(outcome.note, "The script ran and emitted 2 events.");
  }
}

TEST_F(Processed, AScriptThatFailsIsTriedAgainAndKeepsNothing) {
  script("emit('a.b') error('ouch')");
  const Outcome outcome = perform();
  EXPECT_EQ(outcome.kind, Outcome::Kind::retry);
  EXPECT_EQ(outcome.note, "A script failed: all.lua:1: ouch.");
  EXPECT_TRUE(outcome.follow_ups.empty());
}

TEST_F(Processed, NothingIsLeftToDo) {
  EXPECT_EQ(perform().note, "No script defines incoming_webhook_processed any more.");
  script("log('x')");
  removed_ = true;
  EXPECT_EQ(perform().note, "The webhook has been removed.");
  removed_ = false;
  ASSERT_TRUE(store_.remove_user({1}));
  EXPECT_EQ(perform().note, "The user has been removed.");
  row_.effect.delivery = DeliveryId{5};
  EXPECT_EQ(perform().note, "The delivery has left the log.");
  EXPECT_EQ(perform().kind, Outcome::Kind::skipped);
}

}  // namespace
}  // namespace postern
