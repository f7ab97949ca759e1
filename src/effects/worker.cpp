#include "effects/worker.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace postern {
namespace {

// Effects of other processes are seen after so long at the latest.
constexpr std::chrono::milliseconds kRound{1000};
constexpr std::chrono::milliseconds kAfterFailure{2000};
constexpr std::chrono::milliseconds kAfterWake{20};  // Under load each commit wakes us: look at several at once.
constexpr std::size_t kResponseKept = 2048;

std::int64_t make_token(Random& random) {
  std::array<std::byte, 8> bytes{};
  random.fill(bytes);
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  return static_cast<std::int64_t>(value >> 1) | 1;
}

std::string_view word_of(const Settlement& settlement) {
  return settlement.state == OutboxState::waiting ? "retry" : to_word(settlement.state);
}

}  // namespace

OutboxWorker::OutboxWorker(Parts parts, std::vector<EffectLane> lanes) : parts_(std::move(parts)) {
  for (EffectLane& each : lanes) {
    Lane lane;
    for (const auto& [kind, policy] : each.kinds) {
      if (parts_.performers.contains(kind)) lane.kinds.push_back(kind);
    }
    lane.plan = std::move(each);
    if (!lane.kinds.empty()) lanes_.push_back(std::move(lane));
  }
  for (const Lane& lane : lanes_) {
    for (unsigned i = 0; i < lane.plan.threads; ++i) threads_.emplace_back([this, &lane] { run(lane); });
  }
}

OutboxWorker::~OutboxWorker() {
  stop();
}

void OutboxWorker::wake() {
  {
    const std::lock_guard lock(mutex_);
    ++woken_;
  }
  wake_.notify_all();
}

void OutboxWorker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

bool OutboxWorker::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void OutboxWorker::run(const Lane& lane) {
  std::uint64_t seen = 0;
  bool failed = false;
  do {
    {
      const std::lock_guard lock(mutex_);
      seen = woken_;
    }
    Result<bool> more = true;
    while (more && *more && !stopping()) more = perform_one(lane);
    failed = !more;
    if (failed) {
      parts_.log.warn("outbox.failed",
                      {{"lane", lane.plan.name}, {"message", more.error().message}, {"detail", more.error().detail}});
    }
  } while (wait(lane, seen, failed));
}

bool OutboxWorker::wait(const Lane& lane, std::uint64_t seen, bool after_failure) {
  std::chrono::milliseconds time = after_failure ? kAfterFailure : kRound;
  if (!after_failure) {
    const auto due = parts_.store.next_due(lane.kinds);
    if (due && *due) time = std::clamp(**due - parts_.clock.now(), std::chrono::milliseconds{1}, kRound);
  }
  std::unique_lock lock(mutex_);
  const bool woken = wake_.wait_for(lock, time, [&] { return stopping_ || (woken_ != seen && !after_failure); });
  if (woken) wake_.wait_for(lock, kAfterWake, [this] { return stopping_; });
  return !stopping_;
}

Result<bool> OutboxWorker::perform_one(const Lane& lane) {
  // Looked for without the write lock first: mostly there is nothing to do.
  const std::optional<WallTime> due = TRY(parts_.store.next_due(lane.kinds));
  const WallTime now = parts_.clock.now();
  if (!due || *due > now) return false;
  const std::vector<OutboxRow> rows = TRY(parts_.store.claim(
      {.now = now, .lease = lane.plan.lease, .token = make_token(parts_.random), .limit = 1, .kinds = lane.kinds}));
  if (rows.empty()) return false;
  const OutboxRow& row = rows.front();
  const MonoTime started = parts_.clock.mono();
  Settlement settlement = settlement_of(row, lane, parts_.performers.at(row.effect.kind)->perform(row));
  settlement.attempt.at = now;
  settlement.attempt.duration = std::chrono::duration_cast<std::chrono::milliseconds>(parts_.clock.mono() - started);
  if (settlement.state == OutboxState::waiting) settlement.due_at += settlement.attempt.duration;
  const std::string_view kind = to_word(row.effect.kind);
  parts_.performed.add("{kind=\"" + std::string(kind) + "\",result=\"" + std::string(word_of(settlement)) + "\"}");
  if (settlement.state == OutboxState::dead) {
    parts_.log.warn("outbox.dead", {{"kind", kind}, {"effect", row.id.value}, {"message", settlement.attempt.note}});
  }
  // Whoever may have taken the row over after its lease had run out performs it again: at least once.
  static_cast<void>(TRY(parts_.store.settle(row.id, row.lease, settlement)));
  return true;
}

Settlement OutboxWorker::settlement_of(const OutboxRow& row, const Lane& lane, Outcome outcome) {
  Settlement out;
  out.attempt.ok = outcome.kind == Outcome::Kind::done;
  out.attempt.status = outcome.status;
  out.attempt.note = std::move(outcome.note);
  out.attempt.response = std::move(outcome.response);
  if (out.attempt.response.size() > kResponseKept) out.attempt.response.resize(kResponseKept);
  const BackoffPolicy& policy = lane.plan.kinds.at(row.effect.kind);
  switch (outcome.kind) {
    case Outcome::Kind::done:
      out.state = OutboxState::done;
      out.follow_ups = std::move(outcome.follow_ups);
      break;
    case Outcome::Kind::skipped:
      out.state = OutboxState::skipped;
      break;
    case Outcome::Kind::dead:
      out.state = OutboxState::dead;
      break;
    case Outcome::Kind::retry:
      if (row.attempts >= policy.attempts) {
        out.state = OutboxState::dead;
        out.attempt.note += " Given up after " + std::to_string(row.attempts) + " attempts.";
        break;
      }
      out.state = OutboxState::waiting;
      out.due_at = parts_.clock.now();
      out.due_at += std::max(backoff(policy, row.attempts, parts_.random),
                             std::chrono::milliseconds(outcome.wait.value_or(std::chrono::seconds{0})));
      break;
  }
  return out;
}

}  // namespace postern
