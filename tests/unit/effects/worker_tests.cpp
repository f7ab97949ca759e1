#include "effects/worker.h"
#include "store/memory/memory_store.h"
#include "support/comes_true.h"
#include "support/fake_clock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <set>

namespace postern {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class QuietLog final : public Log {
 public:
  void write(LogLevel, std::string_view event, LogFields) override {
    const std::lock_guard lock(mutex_);
    events_.insert(std::string(event));
  }
  bool has(const std::string& event) {
    const std::lock_guard lock(mutex_);
    return events_.contains(event);
  }

 private:
  std::mutex mutex_;
  std::multiset<std::string> events_;
};

class Scripted final : public Performer {
 public:
  explicit Scripted(std::function<Outcome(const OutboxRow&)> script) : script_(std::move(script)) {}
  Outcome perform(const OutboxRow& row) override {
    ++calls;
    return script_(row);
  }
  std::atomic<int> calls{0};

 private:
  std::function<Outcome(const OutboxRow&)> script_;
};

class WorkerTest : public testing::Test {
 protected:
  OutboxId put(EffectKind kind = EffectKind::welcome_email) {
    NewEffect effect{.kind = kind, .due_at = clock_.now()};
    return store_.enqueue(std::span(&effect, 1), clock_.now()).value().at(0);
  }
  OutboxRow row(OutboxId id) { return store_.find_effect(id).value().value(); }
  std::unique_ptr<OutboxWorker> work(Performer& performer, unsigned threads = 1,
                                     BackoffPolicy policy = {.attempts = 3}) {
    return std::make_unique<OutboxWorker>(
        OutboxWorker::Parts{store_, clock_, log_, random_, performed_, {{EffectKind::welcome_email, &performer}}},
        std::vector<EffectLane>{{.name = "mail",
                                 .kinds = {{EffectKind::welcome_email, policy}, {EffectKind::password_email, policy}},
                                 .threads = threads}});
  }
  bool settles(OutboxId id, OutboxState state) {
    return comes_true([&] { return row(id).state == state; });
  }

  MemoryStore store_;
  FakeClock clock_;
  QuietLog log_;
  SeededRandom seeded_{1};
  SharedRandom random_{seeded_};
  CounterFamily performed_;
};

TEST_F(WorkerTest, PerformsWhatIsDueAndWritesDownWhatCameOfIt) {
  const OutboxId id = put();
  Scripted performer([](const OutboxRow&) {
    return Outcome{.kind = Outcome::Kind::done, .note = "Sent.", .status = 250, .response = "queued as 1"};
  });
  const auto worker = work(performer);
  ASSERT_TRUE(settles(id, OutboxState::done));
  EXPECT_EQ(performer.calls, 1);
  EXPECT_EQ(row(id).note, "Sent.");
  const auto attempts = store_.attempts(id).value();
  ASSERT_EQ(attempts.size(), 1U);
  EXPECT_TRUE(attempts[0].ok);
  EXPECT_EQ(attempts[0].status, 250);
  EXPECT_EQ(attempts[0].response, "queued as 1");
}

TEST_F(WorkerTest, IsWokenForWhatComesLater) {
  Scripted performer([](const OutboxRow&) { return Outcome{}; });
  const auto worker = work(performer);
  const OutboxId id = put();
  worker->wake();
  EXPECT_TRUE(settles(id, OutboxState::done));
}

TEST_F(WorkerTest, TriesAgainAndGivesUp) {
  const OutboxId id = put();
  Scripted performer([](const OutboxRow&) { return Outcome{.kind = Outcome::Kind::retry, .note = "No answer."}; });
  {
    const auto worker = work(performer);
    ASSERT_TRUE(comes_true([&] { return row(id).attempts == 1 && row(id).lease == 0; }));
  }
  EXPECT_EQ(row(id).state, OutboxState::waiting);
  EXPECT_GE(row(id).effect.due_at, clock_.now() + seconds{5});
  EXPECT_LE(row(id).effect.due_at, clock_.now() + seconds{10});
  for (int i = 0; i < 2; ++i) {
    clock_.advance(minutes{1});
    const int before = performer.calls;
    const auto worker = work(performer);
    ASSERT_TRUE(comes_true([&] { return performer.calls > before && row(id).lease == 0; }));
  }
  EXPECT_EQ(row(id).state, OutboxState::dead);
  EXPECT_EQ(row(id).note, "No answer. Given up after 3 attempts.");
  EXPECT_TRUE(log_.has("outbox.dead"));
}

TEST_F(WorkerTest, WaitsAsLongAsTheOtherSideAsks) {
  const OutboxId id = put();
  Scripted performer([](const OutboxRow&) { return Outcome{.kind = Outcome::Kind::retry, .wait = seconds{900}}; });
  const auto worker = work(performer);
  ASSERT_TRUE(comes_true([&] { return row(id).attempts == 1 && row(id).lease == 0; }));
  EXPECT_EQ(row(id).effect.due_at, clock_.now() + seconds{900});
}

TEST_F(WorkerTest, DeadAndSkippedAreNotTriedAgain) {
  const OutboxId dead = put();
  const OutboxId skipped = put();
  Scripted performer([&](const OutboxRow& row) {
    return Outcome{.kind = row.id == dead ? Outcome::Kind::dead : Outcome::Kind::skipped, .note = "Why."};
  });
  const auto worker = work(performer);
  EXPECT_TRUE(settles(dead, OutboxState::dead));
  EXPECT_TRUE(settles(skipped, OutboxState::skipped));
  EXPECT_EQ(performer.calls, 2);
}

TEST_F(WorkerTest, SeveralThreadsPerformEachOnce) {
  std::vector<OutboxId> ids;
  for (int i = 0; i < 50; ++i) ids.push_back(put());
  std::mutex mutex;
  std::multiset<OutboxId> seen;
  Scripted performer([&](const OutboxRow& row) {
    const std::lock_guard lock(mutex);
    seen.insert(row.id);
    return Outcome{};
  });
  const auto one = work(performer, 2);
  const auto other = work(performer, 2);
  for (const OutboxId id : ids) ASSERT_TRUE(settles(id, OutboxState::done));
  EXPECT_EQ(seen.size(), ids.size());
  EXPECT_EQ(std::set(seen.begin(), seen.end()).size(), ids.size());
}

TEST_F(WorkerTest, LeavesKindsWithoutAPerformerAlone) {
  const OutboxId left = put(EffectKind::password_email);
  const OutboxId done = put();
  Scripted performer([](const OutboxRow&) { return Outcome{}; });
  const auto worker = work(performer);
  ASSERT_TRUE(settles(done, OutboxState::done));
  EXPECT_EQ(row(left).attempts, 0);
}

TEST_F(WorkerTest, FollowUpsGoIntoTheOutbox) {
  const OutboxId id = put();
  Scripted performer([&](const OutboxRow&) {
    return Outcome{.follow_ups = {{.kind = EffectKind::event, .event_id = "evt_1", .due_at = clock_.now()}}};
  });
  const auto worker = work(performer);
  ASSERT_TRUE(settles(id, OutboxState::done));
  EXPECT_EQ(store_.outbox({.kind = EffectKind::event}).value().at(0).effect.event_id, "evt_1");
}

TEST_F(WorkerTest, CountsWhatItDid) {
  const OutboxId id = put();
  Scripted performer([](const OutboxRow&) { return Outcome{}; });
  {
    const auto worker = work(performer);
    ASSERT_TRUE(settles(id, OutboxState::done));
  }
  std::string text;
  performed_.write(text, "n");
  EXPECT_EQ(text, "n{kind=\"welcome_email\",result=\"done\"} 1\n");
}

TEST(Backoff, DoublesUpToTheLongestAndIsNeverLessThanHalf) {
  SeededRandom random(7);
  const BackoffPolicy policy{.first = seconds{10}, .longest = seconds{300}};
  const std::array<int, 7> expected{10, 20, 40, 80, 160, 300, 300};
  std::set<milliseconds> different;
  for (int round = 0; round < 50; ++round) {
    for (int attempt = 1; attempt <= 7; ++attempt) {
      const milliseconds wait = backoff(policy, attempt, random);
      const milliseconds whole{expected.at(static_cast<std::size_t>(attempt - 1)) * 1000};
      EXPECT_LE(wait, whole);
      EXPECT_GE(wait, whole / 2);
      if (attempt == 1) different.insert(wait);
    }
  }
  EXPECT_GT(different.size(), 20U) << "it is not random";
  EXPECT_LE(backoff(policy, 1'000'000, random), seconds{300});
}

TEST(Lanes, EveryKindHasItsPlace) {
  std::set<EffectKind> kinds;
  for (const EffectLane& lane : default_lanes()) {
    for (const auto& [kind, policy] : lane.kinds) EXPECT_TRUE(kinds.insert(kind).second) << to_word(kind);
  }
  EXPECT_EQ(kinds.size(), 5U);
}

TEST(Lanes, EventsAreTriedForThreeDays) {
  SeededRandom random(3);
  for (const EffectLane& lane : default_lanes()) {
    if (!lane.kinds.contains(EffectKind::event)) continue;
    const BackoffPolicy& policy = lane.kinds.at(EffectKind::event);
    milliseconds whole{0};
    for (int attempt = 1; attempt < policy.attempts; ++attempt) whole += backoff(policy, attempt, random);
    EXPECT_GT(whole, std::chrono::hours{48});
    EXPECT_LT(whole, std::chrono::hours{24 * 4});
  }
}

}  // namespace
}  // namespace postern
