// The outbox: each effect is performed by one at a time, none is forgotten.
#include "conformance/own/own_parts.h"

#include <set>
#include <thread>

namespace postern {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const WallTime kNow{std::chrono::sys_days{std::chrono::year{2030} / 1 / 10}};
const std::vector<EffectKind> kMail{EffectKind::welcome_email, EffectKind::password_email};
const std::vector<EffectKind> kEvents{EffectKind::event};

class OutboxContract : public testing::TestWithParam<OwnBackend> {
 protected:
  OutboxId put(NewEffect effect) { return store_->enqueue(std::span(&effect, 1), kNow).value().at(0); }
  OutboxId put_event(std::int64_t endpoint, WallTime due = kNow) {
    return put({.kind = EffectKind::event,
                .user = UserId{7},
                .endpoint = EndpointId{endpoint},
                .event_type = "user.created",
                .event_id = "evt_1_1",
                .data = R"({"a":"ä"})",
                .due_at = due});
  }
  OutboxId put_mail(WallTime due = kNow) {
    return put({.kind = EffectKind::welcome_email, .delivery = DeliveryId{5}, .user = UserId{7}, .due_at = due});
  }
  std::vector<OutboxRow> take(WallTime now, std::int64_t token, const std::vector<EffectKind>& kinds = kMail,
                              std::size_t limit = 16) {
    return store_->claim({.now = now, .lease = seconds{60}, .token = token, .limit = limit, .kinds = kinds}).value();
  }
  Settlement settlement(OutboxState state, WallTime at, std::string note = "as it went") const {
    return {.state = state, .due_at = at + minutes{5}, .attempt = {.at = at, .ok = true, .note = std::move(note)}};
  }

  TempFolder folder_;
  OwnParts parts_ = GetParam().make(folder_);
  std::shared_ptr<OutboxStore> store_ = parts_.outbox;
};

TEST_P(OutboxContract, WhatIsPutInComesOutAsItWas) {
  const OutboxId id = put_event(3);
  const OutboxRow row = store_->find_effect(id).value().value();
  EXPECT_EQ(row.effect.kind, EffectKind::event);
  EXPECT_EQ(row.effect.endpoint, EndpointId{3});
  EXPECT_EQ(row.effect.user, UserId{7});
  EXPECT_EQ(row.effect.delivery, std::nullopt);
  EXPECT_EQ(row.effect.event_type, "user.created");
  EXPECT_EQ(row.effect.event_id, "evt_1_1");
  EXPECT_EQ(row.effect.data, R"({"a":"ä"})");
  EXPECT_EQ(row.effect.due_at, kNow);
  EXPECT_EQ(row.created_at, kNow);
  EXPECT_EQ(row.state, OutboxState::waiting);
  EXPECT_EQ(row.attempts, 0);
  EXPECT_EQ(row.lease, 0);
}

TEST_P(OutboxContract, NobodyElseGetsWhatIsTaken) {
  const OutboxId id = put_mail();
  const auto taken = take(kNow, 11);
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].id, id);
  EXPECT_EQ(taken[0].attempts, 1);
  EXPECT_EQ(taken[0].lease, 11);
  EXPECT_TRUE(take(kNow + seconds{59}, 12).empty());
  EXPECT_EQ(store_->next_due(kMail).value(), kNow + seconds{60});
}

TEST_P(OutboxContract, WhatIsNotSettledInTimeIsTakenByTheNext) {
  const OutboxId id = put_mail();
  ASSERT_EQ(take(kNow, 11).size(), 1U);
  const WallTime later = kNow + seconds{60};
  const auto again = take(later, 12);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].attempts, 2);
  EXPECT_FALSE(store_->settle(id, 11, settlement(OutboxState::done, later)).value()) << "the first came too late";
  EXPECT_EQ(store_->find_effect(id).value()->state, OutboxState::waiting);
  EXPECT_TRUE(store_->settle(id, 12, settlement(OutboxState::done, later)).value());
  EXPECT_FALSE(store_->settle(id, 12, settlement(OutboxState::done, later)).value()) << "settled once only";
}

TEST_P(OutboxContract, OnlyWhatIsDueIsTakenInItsOrder) {
  const OutboxId third = put_mail(kNow + seconds{3});
  const OutboxId first = put_mail(kNow + seconds{1});
  const OutboxId second = put_mail(kNow + seconds{2});
  put_event(1);
  EXPECT_EQ(store_->next_due(kMail).value(), kNow + seconds{1});
  EXPECT_TRUE(take(kNow, 1).empty());
  const auto two = take(kNow + seconds{2}, 2);
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[0].id, first);
  EXPECT_EQ(two[1].id, second);
  EXPECT_EQ(take(kNow + seconds{3}, 3).at(0).id, third);
}

TEST_P(OutboxContract, NoMoreThanAskedForAreTaken) {
  for (int i = 0; i < 5; ++i) put_mail();
  EXPECT_EQ(take(kNow, 1, kMail, 2).size(), 2U);
  EXPECT_EQ(take(kNow, 2, kMail, 2).size(), 2U);
  EXPECT_EQ(take(kNow, 3, kMail, 2).size(), 1U);
}

TEST_P(OutboxContract, OneEndpointCannotTakeAllThereIs) {
  for (int i = 0; i < 10; ++i) put_event(1, kNow - minutes{1});
  put_event(2);
  Claim claim{.now = kNow, .token = 1, .limit = 8, .kinds = kEvents, .per_endpoint = 3};
  std::multiset<std::int64_t> endpoints;
  const auto taken = store_->claim(claim).value();
  for (const OutboxRow& row : taken) endpoints.insert(row.effect.endpoint->value);
  EXPECT_EQ(endpoints, (std::multiset<std::int64_t>{1, 1, 1, 2}));
  claim.token = 2;
  EXPECT_TRUE(store_->claim(claim).value().empty()) << "those of the first are still being performed";
  claim.now += claim.lease;
  EXPECT_EQ(store_->claim(claim).value().size(), 4U) << "a lease that has run out counts no more";
}

TEST_P(OutboxContract, AFailedAttemptWaitsForItsTime) {
  const OutboxId id = put_mail();
  take(kNow, 1);
  Settlement later = settlement(OutboxState::waiting, kNow, "The mail server said 451.");
  later.attempt.ok = false;
  later.attempt.status = 451;
  later.attempt.duration = std::chrono::milliseconds{12};
  later.attempt.response = "try later";
  ASSERT_TRUE(store_->settle(id, 1, later).value());
  const OutboxRow row = store_->find_effect(id).value().value();
  EXPECT_EQ(row.state, OutboxState::waiting);
  EXPECT_EQ(row.note, "The mail server said 451.");
  EXPECT_EQ(row.effect.due_at, kNow + minutes{5});
  EXPECT_EQ(row.lease, 0);
  EXPECT_EQ(row.finished_at, std::nullopt);
  EXPECT_TRUE(take(kNow + minutes{5} - seconds{1}, 2).empty());
  EXPECT_EQ(take(kNow + minutes{5}, 2).size(), 1U);
  EXPECT_EQ(store_->attempts(id).value(), (std::vector<OutboxAttempt>{later.attempt}));
}

TEST_P(OutboxContract, TheNewestAttemptsAreKept) {
  const OutboxId id = put_mail();
  WallTime now = kNow;
  for (int i = 1; i <= 23; ++i) {
    ASSERT_EQ(take(now, i).size(), 1U);
    ASSERT_TRUE(store_->settle(id, i, settlement(OutboxState::waiting, now, std::to_string(i))).value());
    now += minutes{5};
  }
  const auto attempts = store_->attempts(id).value();
  ASSERT_EQ(attempts.size(), OutboxStore::kAttemptsKept);
  EXPECT_EQ(attempts.front().note, "4");
  EXPECT_EQ(attempts.back().note, "23");
}

TEST_P(OutboxContract, FollowUpsComeWithTheSettlement) {
  const OutboxId id = put({.kind = EffectKind::events, .delivery = DeliveryId{5}, .due_at = kNow});
  take(kNow, 1, {EffectKind::events});
  Settlement done = settlement(OutboxState::done, kNow);
  done.follow_ups = {{.kind = EffectKind::event, .endpoint = EndpointId{1}, .event_id = "evt_x", .due_at = kNow}};
  EXPECT_FALSE(store_->settle(id, 2, done).value());
  EXPECT_TRUE(take(kNow, 3, kEvents).empty()) << "nothing comes of a lease that is not held";
  EXPECT_TRUE(store_->settle(id, 1, done).value());
  EXPECT_EQ(take(kNow, 4, kEvents).at(0).effect.event_id, "evt_x");
}

// More than one statement takes: none is lost, none comes twice.
TEST_P(OutboxContract, ManyFollowUpsComeInTheirOrder) {
  constexpr int kMany = 150;
  put({.kind = EffectKind::events, .delivery = DeliveryId{5}, .due_at = kNow});
  Settlement done = settlement(OutboxState::done, kNow);
  for (int i = 0; i < kMany; ++i) {
    done.follow_ups.push_back({.kind = EffectKind::event,
                               .endpoint = EndpointId{i % 3 + 1},
                               .event_id = "evt_" + std::to_string(i),
                               .data = "{}",
                               .due_at = kNow});
  }
  const OutboxId id = take(kNow, 1, {EffectKind::events}).at(0).id;
  ASSERT_TRUE(store_->settle(id, 1, done).value());
  const auto rows = store_->outbox({.kind = EffectKind::event, .limit = 1000}).value();
  ASSERT_EQ(rows.size(), static_cast<std::size_t>(kMany));
  for (int i = 0; i < kMany; ++i) {
    const NewEffect& want = done.follow_ups[static_cast<std::size_t>(kMany - 1 - i)];
    EXPECT_EQ(rows[static_cast<std::size_t>(i)].effect, want) << i;
  }
}

TEST_P(OutboxContract, ManyAreTakenAndTriedAgainAtOnce) {
  constexpr std::size_t kMany = 300;
  for (std::size_t i = 0; i < kMany; ++i) put_mail(kNow - seconds{static_cast<int>(i % 7)});
  const auto taken = take(kNow, 1, kMail, 1000);
  ASSERT_EQ(taken.size(), kMany);
  EXPECT_TRUE(take(kNow, 2, kMail, 1000).empty());
  for (const OutboxRow& row : taken) {
    ASSERT_TRUE(store_->settle(row.id, 1, settlement(OutboxState::dead, kNow)).value());
  }
  EXPECT_EQ(store_->retry_dead(EffectKind::welcome_email, std::nullopt, kNow, 290).value(), 290U);
  EXPECT_EQ(store_->outbox_counts().value(), (OutboxCounts{{{EffectKind::welcome_email, OutboxState::waiting}, 290},
                                                           {{EffectKind::welcome_email, OutboxState::dead}, 10}}));
  EXPECT_EQ(store_->trim_outbox(kNow + seconds{1}, 7).value(), 7U);
  EXPECT_EQ(store_->trim_outbox(kNow + seconds{1}, 1000).value(), 3U);
}

// A mail server or an endpoint says what it likes.
TEST_P(OutboxContract, WhatTheOtherSideSaidNeedsToBeNoText) {
  const OutboxId id = put_mail();
  take(kNow, 1);
  Settlement failed = settlement(OutboxState::dead, kNow, "It said \xff\xfe.");
  failed.attempt.response = std::string("\xc3\0\x80'\"\\", 6);
  ASSERT_TRUE(store_->settle(id, 1, failed).value());
  EXPECT_EQ(store_->attempts(id).value(), (std::vector<OutboxAttempt>{failed.attempt}));
  EXPECT_EQ(store_->find_effect(id).value()->note, "It said \xff\xfe.");
}

TEST_P(OutboxContract, TheDeadCanBeTriedAgain) {
  const OutboxId mail = put_mail();
  const OutboxId event = put_event(1);
  const OutboxId other = put_event(2);
  const auto taken = take(kNow, 1, {EffectKind::welcome_email, EffectKind::event});
  for (const OutboxRow& row : taken) {
    ASSERT_TRUE(store_->settle(row.id, 1, settlement(OutboxState::dead, kNow)).value());
  }
  EXPECT_EQ(store_->next_due(kMail).value(), std::nullopt);
  EXPECT_EQ(store_->find_effect(mail).value()->finished_at, kNow);
  EXPECT_EQ(store_->retry_dead(EffectKind::event, EndpointId{2}, kNow, 10).value(), 1U);
  EXPECT_EQ(store_->find_effect(event).value()->state, OutboxState::dead);
  EXPECT_EQ(take(kNow, 2, kEvents).at(0).id, other);
  EXPECT_EQ(store_->retry_dead(EffectKind::event, std::nullopt, kNow, 10).value(), 1U);
  ASSERT_TRUE(store_->retry_effect(mail, kNow));
  const OutboxRow row = take(kNow, 3).at(0);
  EXPECT_EQ(row.id, mail);
  EXPECT_EQ(row.attempts, 1) << "it counts anew";
  EXPECT_EQ(store_->retry_effect(mail, kNow).error().code, Errc::conflict);
  EXPECT_EQ(store_->retry_effect(OutboxId{999}, kNow).error().code, Errc::not_found);
}

TEST_P(OutboxContract, PagesAndFilters) {
  const OutboxId a = put_mail();
  const OutboxId b = put_event(1);
  const OutboxId c = put_event(2);
  take(kNow, 1);
  ASSERT_TRUE(store_->settle(a, 1, settlement(OutboxState::done, kNow)).value());
  const auto ids = [&](const OutboxQuery& query) {
    std::vector<OutboxId> out;
    const auto rows = store_->outbox(query).value();
    for (const OutboxRow& row : rows) out.push_back(row.id);
    return out;
  };
  using Ids = std::vector<OutboxId>;
  EXPECT_EQ(ids({}), (Ids{c, b, a}));
  EXPECT_EQ(ids({.limit = 2}), (Ids{c, b}));
  EXPECT_EQ(ids({.before = b}), (Ids{a}));
  EXPECT_EQ(ids({.kind = EffectKind::event}), (Ids{c, b}));
  EXPECT_EQ(ids({.state = OutboxState::waiting}), (Ids{c, b}));
  EXPECT_EQ(ids({.state = OutboxState::dead}), Ids{});
  EXPECT_EQ(ids({.state = OutboxState::done}), (Ids{a}));
  EXPECT_EQ(ids({.delivery = DeliveryId{5}}), (Ids{a}));
  EXPECT_EQ(ids({.user = UserId{7}}), (Ids{c, b, a}));
  EXPECT_EQ(ids({.kind = EffectKind::welcome_email, .user = UserId{7}}), (Ids{a}));
  EXPECT_EQ(ids({.endpoint = EndpointId{2}}), (Ids{c}));
  EXPECT_EQ(store_->outbox_counts().value(), (OutboxCounts{{{EffectKind::welcome_email, OutboxState::done}, 1},
                                                           {{EffectKind::event, OutboxState::waiting}, 2}}));
}

TEST_P(OutboxContract, OldRowsGoWaitingOnesStay) {
  const OutboxId done = put_mail();
  take(kNow, 1);
  ASSERT_TRUE(store_->settle(done, 1, settlement(OutboxState::done, kNow)).value());
  const OutboxId waiting = put_mail();
  EXPECT_EQ(store_->trim_outbox(kNow, 10).value(), 0U);
  EXPECT_EQ(store_->trim_outbox(kNow + seconds{1}, 10).value(), 1U);
  EXPECT_EQ(store_->find_effect(done).value(), std::nullopt);
  EXPECT_TRUE(store_->attempts(done).value().empty());
  EXPECT_NE(store_->find_effect(waiting).value(), std::nullopt);
}

TEST_P(OutboxContract, WhoeverIsRemovedGetsNothingAnyMore) {
  const UserId ada = parts_.add_user("ada@example.com", "");
  const UserId bob = parts_.add_user("bob@example.com", "");
  const OutboxId gone = put({.kind = EffectKind::welcome_email, .user = ada, .due_at = kNow});
  const OutboxId kept = put({.kind = EffectKind::welcome_email, .user = bob, .due_at = kNow + seconds{1}});
  ASSERT_EQ(take(kNow, 1).size(), 1U);
  ASSERT_TRUE(store_->settle(gone, 1, settlement(OutboxState::waiting, kNow)).value());
  parts_.remove_user(ada);
  EXPECT_EQ(store_->find_effect(gone).value(), std::nullopt);
  EXPECT_TRUE(store_->attempts(gone).value().empty());
  EXPECT_NE(store_->find_effect(kept).value(), std::nullopt);
}

TEST_P(OutboxContract, ManyWhoTakeAtOnceNeverTakeTheSame) {
  constexpr int kRows = 60;
  for (int i = 0; i < kRows; ++i) put_mail();
  std::mutex mutex;
  std::multiset<std::int64_t> taken;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int n = 0;; ++n) {
        const auto rows = take(kNow, 1 + t * 1000 + n, kMail, 3);
        if (rows.empty()) return;
        const std::lock_guard lock(mutex);
        for (const OutboxRow& row : rows) taken.insert(row.id.value);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken.size(), static_cast<std::size_t>(kRows));
  EXPECT_EQ(std::set(taken.begin(), taken.end()).size(), static_cast<std::size_t>(kRows));
}

INSTANTIATE_TEST_SUITE_P(Adapters, OutboxContract, testing::ValuesIn(own_backends()), own_backend_name);

}  // namespace
}  // namespace postern
