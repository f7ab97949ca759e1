// Requests to a paused webhook: held, and applied in order when it is resumed.
#include "crypto/password.h"
#include "pipeline/held_request.h"
#include "pipeline/rejections.h"
#include "pipeline/reply.h"
#include "support/temp_folder.h"
#include "unit/pipeline/intake_site.h"

#include <fstream>

namespace postern {
namespace {

using enum DeliveryStatus;
using testing::HasSubstr;
using Statuses = std::vector<DeliveryStatus>;

class HeldTest : public IntakeSite {
 protected:
  void pause() { turn(site_.join, WebhookState::paused); }
  void resume() { turn(site_.join, WebhookState::active); }

  // One that has just started, and knows only what is in the store.
  std::unique_ptr<HeldRelease> release(const KeyVault& vault) {
    return HeldRelease::create(
               {store_, site_.catalog(), vault, scripts_, held_, site_.clock, log_, metrics_, [this] { ++woken_; }},
               {policy_, {}, 1000})
        .value();
  }
  // Until nothing is left to do; how many rounds it took.
  int release_all() {
    const auto all = release(vault_);
    int rounds = 0;
    while (all->round().value()) ++rounds;
    return rounds;
  }
  std::int64_t waiting() { return store_.begin().value()->held_requests(site_.join)->requests; }
  bool exists(const std::string& email) { return store_.find_user(email)->has_value(); }

  int woken_ = 0;
};

TEST_F(HeldTest, AreKeptAndAppliedInOrder) {
  pause();
  post("join", "ada@example.com", "&first_name=Ada");
  post("join", "grace@example.com");
  post("leave", "ada@example.com");  // Another webhook, which works.
  EXPECT_EQ(statuses(), (Statuses{held, held, processed}));
  EXPECT_EQ(rows()[0].http_status, 200);
  EXPECT_THAT(rows()[0].message, HasSubstr("paused"));
  EXPECT_EQ(rows()[0].user, std::nullopt);
  EXPECT_EQ(release_all(), 0) << "it is still paused";
  EXPECT_EQ(waiting(), 2);

  site_.clock.advance(std::chrono::hours{1});
  resume();
  EXPECT_GT(release_all(), 0);
  EXPECT_EQ(waiting(), 0);
  EXPECT_FALSE(held_.contains(site_.join));
  const std::vector<Delivery> after = rows();
  EXPECT_EQ(statuses(), (Statuses{processed, processed, processed}));
  EXPECT_EQ(after[0].held_until, site_.clock.now());
  EXPECT_EQ(after[0].received_at, site_.clock.now() - std::chrono::hours{1});
  EXPECT_EQ(after[0].key, KeyId{1});
  EXPECT_EQ(after[0].remote_ip, "192.0.2.1");
  EXPECT_EQ(after[0].email, "ada@example.com");
  EXPECT_EQ(after[0].payload, "email=ada@example.com&first_name=Ada");
  EXPECT_FALSE(after[0].user_created) << "the other webhook has made her";
  EXPECT_TRUE(after[1].user_created);
  EXPECT_EQ(site_.memberships("ada@example.com").size(), 1U);
  EXPECT_THAT(metrics(), HasSubstr("postern_held_released_total{webhook=\"1\",outcome=\"processed\"} 2\n"));
}

TEST_F(HeldTest, AnswerThatTheyAreKept) {
  pause();
  post("join", "ada@example.com");
  Arrival arrival;
  arrival.delivery = last_row();
  const http::Response rest = render_reply(arrival);
  EXPECT_EQ(rest.status, 200);
  EXPECT_EQ(rest.body,
            R"({"success":true,"message":"The webhook is paused: the request is kept and will be applied when the )"
            R"(webhook is resumed","status":"held","user_id":0,"created":false,"delivery_id":")" +
                to_text(arrival.delivery.id) + R"(","spaces":[],"courses":[]})");
  arrival.delivery.dialect = Dialect::plugin;
  EXPECT_THAT(render_reply(arrival).body, HasSubstr(R"("user_id":0)"));
}

TEST_F(HeldTest, ThePasswordIsInNoRowAndCountsAllTheSame) {
  pause();
  post("join", "ada@example.com", "&user_pass=correct+horse");
  EXPECT_EQ(metrics_.passwords_hashed.value(), 0U);
  EXPECT_EQ(last_row().payload, "email=ada@example.com&user_pass=[redacted]");
  const std::vector<HeldRow> kept = store_.held_after(site_.join, {}, 10, 1000).value();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].request.find("correct"), std::string::npos) << "it is sealed";
  resume();
  release_all();
  const auto credentials = store_.find_credentials("ada@example.com").value();
  ASSERT_TRUE(credentials);
  EXPECT_TRUE(verify_password(credentials->password_hash, Secret("correct horse")));
  EXPECT_EQ(last_row().payload, "email=ada@example.com&user_pass=[redacted]");
}

TEST_F(HeldTest, WhatIsWrongWithThemIsSaidAtOnce) {
  pause();
  post("join", "no-address");
  EXPECT_EQ(last_row().code, "invalid_email");
  EXPECT_EQ(waiting(), 0);
}

TEST_F(HeldTest, ARepeatOfOneThatIsHeldIsADuplicateOfIt) {
  pause();
  const Posted posted{.webhook = "join", .body = "email=ada@example.com", .idempotency_key = "k1"};
  post(posted);
  post(posted);
  EXPECT_EQ(statuses(), (Statuses{held, duplicate}));
  EXPECT_EQ(last_row().duplicate_of, rows()[0].id);
  post({.webhook = "join", .body = "email=eve@example.com", .idempotency_key = "k1"});
  EXPECT_EQ(last_row().code, "idempotency_key_reused");
  resume();
  release_all();
  post(posted);
  EXPECT_EQ(statuses(), (Statuses{processed, duplicate, rejected, duplicate}));
  EXPECT_EQ(last_row().user, rows()[0].user);
}

TEST_F(HeldTest, ARepeatWithinOneBatchIsADuplicateToo) {
  pause();
  std::vector<Arrival> arrivals;
  for (int i = 0; i < 2; ++i) {
    arrivals.push_back(site_.arrival("join", "ada@example.com"));
    arrivals.back().repeat_hash = fingerprint("k1");
    arrivals.back().sealed = "sealed";
  }
  ASSERT_TRUE(site_.provision_all(arrivals));
  EXPECT_EQ(statuses(), (Statuses{held, duplicate}));
  EXPECT_EQ(waiting(), 1);
}

TEST_F(HeldTest, NewOnesWaitBehindThoseThatAreBeingApplied) {
  pause();
  for (int i = 0; i < 150; ++i) post("join", "first" + std::to_string(i) + "@example.com");
  resume();
  const auto all = release(vault_);
  ASSERT_TRUE(all->round().value());
  EXPECT_EQ(waiting(), 50) << "a portion is a hundred";
  post("join", "late@example.com");
  EXPECT_EQ(last_row().status, held);
  EXPECT_THAT(last_row().message, HasSubstr("after them"));
  while (all->round().value()) {
  }
  EXPECT_EQ(waiting(), 0);
  EXPECT_EQ(statuses(), Statuses(151, processed));
  EXPECT_LT(*rows()[149].user, *rows()[150].user);
  post("join", "later@example.com");
  EXPECT_EQ(last_row().status, processed);
  EXPECT_EQ(last_row().held_until, std::nullopt);
}

TEST_F(HeldTest, OneWhoseBodyIsGoneIsToBeSentAgain) {
  std::vector<Arrival> arrivals{site_.arrival("join", "ada@example.com")};
  pause();
  ASSERT_TRUE(site_.provision_all(arrivals));
  EXPECT_EQ(last_row().http_status, 503);
  ASSERT_TRUE(arrivals[0].rejection);
  EXPECT_EQ(retry_after_seconds(*arrivals[0].rejection), 1);
}

TEST_F(HeldTest, OneThatIsNotPreparedIsHeldEvenIfTheWebhookIsNotPausedAnyMore) {
  std::vector<Arrival> arrivals{site_.arrival("join", "ada@example.com")};
  arrivals[0].sealed = "sealed";
  arrivals[0].unprepared = true;
  ASSERT_TRUE(site_.provision_all(arrivals));
  EXPECT_EQ(last_row().status, held) << "its scripts have not been asked and its password has not been hashed";
}

TEST_F(HeldTest, OnesWhoseWebhookIsPausedAgainWaitOn) {
  pause();
  post("join", "ada@example.com");
  std::vector<Arrival> arrivals{site_.arrival("join", "ada@example.com")};
  arrivals[0].key_hash.reset();
  arrivals[0].delivery = last_row();
  arrivals[0].releases = true;
  ASSERT_TRUE(site_.provision_all(arrivals));
  EXPECT_TRUE(arrivals[0].still_held);
  EXPECT_EQ(statuses(), Statuses{held});
  EXPECT_EQ(waiting(), 1);
}

// The person was there when it was asked whether a hash is needed.
TEST_F(HeldTest, OnesThatHaveToBePreparedAnewStay) {
  pause();
  post("join", "ada@example.com", "&user_pass=correct+horse");
  resume();
  std::vector<Arrival> arrivals{site_.arrival("join", "ada@example.com")};
  arrivals[0].event.password = Secret("correct horse");
  arrivals[0].key_hash.reset();
  arrivals[0].delivery = last_row();
  arrivals[0].releases = true;
  ASSERT_TRUE(site_.provision_all(arrivals));
  ASSERT_TRUE(arrivals[0].rejection);
  EXPECT_EQ(arrivals[0].rejection->status, 503) << "so the release does not commit it";
}

TEST_F(HeldTest, AreBoundedByNumberAndBytes) {
  pause();
  policy_.held = {.requests = 2};
  for (int i = 0; i < 3; ++i) post("join", "ada@example.com");
  EXPECT_EQ(statuses(), (Statuses{held, held, failed}));
  EXPECT_EQ(last_row().http_status, 503);
  EXPECT_EQ(waiting(), 2);
  policy_.held = {.requests = 100, .bytes = 1000};
  post({.webhook = "join", .body = "email=ada@example.com&x=" + std::string(1000, 'x')});
  EXPECT_EQ(last_row().status, failed);
  policy_.held = {.requests = 0};
  post("join", "ada@example.com");
  EXPECT_EQ(last_row().http_status, 503);
  EXPECT_THAT(last_row().message, HasSubstr("paused by its operator"));
}

TEST_F(HeldTest, WithinOneBatchTheBoundHoldsToo) {
  pause();
  site_.policy.held.requests = 2;
  std::vector<Arrival> arrivals;
  for (int i = 0; i < 3; ++i) {
    arrivals.push_back(site_.arrival("join", "ada@example.com"));
    arrivals.back().sealed = "sealed";
  }
  ASSERT_TRUE(site_.provision_all(arrivals));
  EXPECT_EQ(statuses(), (Statuses{held, held, failed}));
}

TEST_F(HeldTest, OfAWebhookThatIsGoneTheyAreRejected) {
  struct Case {
    const char* name;
    std::function<void()> end;
    const char* code;
  };
  for (const Case& each :
       {Case{"disabled", [&] { turn(site_.join, WebhookState::disabled); }, "webhook_disabled"},
        Case{"expired",
             [&] {
               edit(site_.join, [&](Webhook& webhook) {
                 webhook.state = WebhookState::active;
                 webhook.protection.expires_at = site_.clock.now();
               });
             },
             "webhook_disabled"},
        Case{"removed", [&] { ASSERT_TRUE(store_.remove_webhook(site_.join)); }, "unknown_webhook"}}) {
    edit(site_.join, [](Webhook& webhook) { webhook.protection.expires_at.reset(); });
    pause();
    post({.webhook = "join", .body = "email=ada@example.com", .idempotency_key = each.name});
    ASSERT_EQ(last_row().status, held) << each.name;
    each.end();
    release_all();
    EXPECT_EQ(waiting(), 0) << each.name;
    EXPECT_EQ(last_row().status, rejected) << each.name;
    EXPECT_EQ(last_row().code, each.code) << each.name;
    EXPECT_EQ(last_row().http_status, 200) << "that is what its sender was told";
    EXPECT_FALSE(exists("ada@example.com"));
    const RepeatKey key{site_.join, fingerprint(each.name)};
    EXPECT_FALSE(store_.begin().value()->repeats({&key, 1})->front()) << "it can be sent again";
  }
}

TEST_F(HeldTest, OneThatCannotBeUnsealedDoesNotBlockTheOthers) {
  pause();
  post("join", "ada@example.com");
  Change other;
  other.delivery = last_row();
  ++other.delivery.id.value;
  other.delivery.email = "grace@example.com";
  other.held = "sealed with another key";
  {
    auto transaction = store_.begin().value();
    ASSERT_TRUE(transaction->apply({&other, 1}));
    ASSERT_TRUE(transaction->commit());
  }
  post("join", "alan@example.com");
  resume();
  release_all();
  EXPECT_EQ(statuses(), (Statuses{processed, rejected, processed}));
  EXPECT_EQ(rows()[1].code, "held_unreadable");
  EXPECT_EQ(rows()[1].email, "grace@example.com") << "what was known of it stays";
  EXPECT_EQ(waiting(), 0);
}

TEST_F(HeldTest, OfAnErasedPersonAreNotApplied) {
  pause();
  post("join", "ada@example.com");
  post("join", "grace@example.com");
  ASSERT_TRUE(store_.erase_person("ada@example.com", {}, 10));
  resume();
  release_all();
  EXPECT_EQ(statuses(), (Statuses{rejected, processed}));
  EXPECT_FALSE(exists("ada@example.com"));
}

TEST_F(HeldTest, OnesWhoseRowHasLeftTheLogAreApplied) {
  pause();
  post("join", "ada@example.com");
  ASSERT_EQ(store_.trim({.keep_rows = 0}, site_.clock.now(), 10).value(), 1U);
  resume();
  release_all();
  EXPECT_TRUE(exists("ada@example.com"));
  EXPECT_EQ(statuses(), Statuses{processed});
}

TEST_F(HeldTest, TheWelcomeMailGoesOutWhenTheyAreApplied) {
  policy_.mail_server = true;
  edit(site_.join, [](Webhook& webhook) { webhook.effects.welcome_email = true; });
  pause();
  post("join", "ada@example.com");
  EXPECT_TRUE(store_.outbox({})->empty());
  resume();
  release_all();
  EXPECT_EQ(store_.outbox({})->size(), 1U);
  EXPECT_EQ(woken_, 1);
}

TEST_F(HeldTest, ScriptsAreAskedWhenTheyAreApplied) {
  const TempFolder folder;
  std::ofstream(folder.file("all.lua")) << R"(
    function incoming_webhook_validation(is_valid, data, webhook, request)
      if request.headers["content-type"] == nil or request.origin ~= "sender" then return false, "no headers" end
      return data.email ~= "eve@example.com", "not her"
    end)";
  const auto hooks =
      Hooks::open({site_.clock, log_, metrics_.script_runs, metrics_.script_seconds}, {.folder = folder.path()})
          .value();
  const ScriptStep step({*hooks, site_.catalog(), store_, {}});
  scripts_ = &step;
  pause();
  post("join", "ada@example.com");
  post("join", "eve@example.com");
  EXPECT_EQ(statuses(), (Statuses{held, held})) << "nobody has been asked yet";
  resume();
  release_all();
  EXPECT_EQ(statuses(), (Statuses{processed, rejected}));
  EXPECT_EQ(last_row().message, "not her");
}

TEST_F(HeldTest, AreReleasedByTheThreadAsSoonAsTheWebhookIsResumed) {
  pause();
  post("join", "ada@example.com");
  const auto all = release(vault_);
  all->start();
  resume();
  const SystemClock clock;
  const MonoTime end = clock.mono() + std::chrono::seconds{30};
  while (!exists("ada@example.com") && clock.mono() < end) std::this_thread::yield();
  EXPECT_TRUE(exists("ada@example.com"));
}

}  // namespace
}  // namespace postern
