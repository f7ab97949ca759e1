#include "pipeline/committer.h"

#include "pipeline/rejections.h"
#include "pipeline/reply.h"

#include <algorithm>

namespace postern {
namespace {

// So many are begun although more are at hand: a thread that reads from a thousand connections rests late, and what a
// transaction costs in itself is small for each of so many.
constexpr std::size_t kEnough = 64;

}  // namespace

Committer::Committer(Parts parts, ProvisionPolicy policy, CommitterLimits limits)
    : parts_(std::move(parts)), policy_(policy), limits_(limits), thread_([this] { run(); }) {}

Committer::~Committer() {
  stop();
}

bool Committer::submit(Pending& pending, Wake wake) {
  bool begin = false;
  {
    const std::lock_guard lock(mutex_);
    const std::size_t bytes = pending.bytes();
    if (waiting_ >= limits_.queue_deliveries || waiting_bytes_ + bytes > limits_.queue_bytes) return false;
    queue_.push_back(std::move(pending));
    begin = !due_ && (wake == Wake::now || queue_.size() >= kEnough);
    due_ = due_ || begin;
    ++waiting_;
    waiting_bytes_ += bytes;
    parts_.metrics.queue_depth.set(static_cast<std::int64_t>(waiting_));
  }
  if (begin) arrived_.notify_one();
  return true;
}

void Committer::wake() {
  {
    const std::lock_guard lock(mutex_);
    if (due_ || queue_.empty()) return;
    due_ = true;
  }
  arrived_.notify_one();
}

void Committer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Committer::run() {
  std::vector<Pending> taken;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [this] { return stopping_ || due_; });
      if (queue_.empty()) return;
      taken.swap(queue_);
      due_ = false;
    }
    for (std::span<Pending> rest = taken; !rest.empty();) {
      const std::span<Pending> batch = rest.first(std::min(rest.size(), limits_.batch));
      forget(batch);
      process(batch);
      rest = rest.subspan(batch.size());
    }
    taken.clear();
  }
}

void Committer::process(std::span<Pending> batch) {
  const Result<void> committed = try_commit(batch);
  if (!committed) hints_.forget();
  if (committed) {
    answer(batch);
  } else if (committed.error().code == Errc::unavailable || batch.size() == 1) {
    parts_.log.error("store.commit_failed", {{"deliveries", static_cast<std::uint64_t>(batch.size())},
                                             {"message", committed.error().message},
                                             {"detail", committed.error().detail}});
    for (Pending& pending : batch) refuse(pending, committed.error());
  } else {
    commit_one_by_one(batch, committed.error());
  }
}

void Committer::forget(std::span<const Pending> batch) {
  const std::lock_guard lock(mutex_);
  waiting_ -= batch.size();
  for (const Pending& pending : batch) waiting_bytes_ -= pending.bytes();
  parts_.metrics.queue_depth.set(static_cast<std::int64_t>(waiting_));
}

Result<void> Committer::try_commit(std::span<Pending> batch) {
  try {
    return commit(batch);
  } catch (const std::exception& exception) {  // Out of memory, mostly.
    return Error{Errc::internal, "The batch could not be worked on.", exception.what()};
  }
}

Result<void> Committer::commit(std::span<Pending> batch) {
  std::vector<Arrival*> arrivals;
  arrivals.reserve(batch.size());
  for (Pending& pending : batch) arrivals.push_back(pending.arrival.get());
  const std::unique_ptr<Transaction> transaction = TRY(parts_.store.begin());
  const auto catalog = TRY(parts_.catalog.at_generation(transaction->catalog_generation()));
  TRY(provision(*transaction, *catalog, policy_, parts_.clock, hints_, arrivals));
  const MonoTime before = parts_.clock.mono();
  TRY(transaction->commit());
  parts_.metrics.commit_seconds.observe(parts_.clock.mono() - before);
  return {};
}

// One delivery that the store cannot take must not take the others down with it.
void Committer::commit_one_by_one(std::span<Pending> batch, const Error& error) {
  parts_.log.warn("store.batch_failed", {{"deliveries", static_cast<std::uint64_t>(batch.size())},
                                         {"message", error.message},
                                         {"detail", error.detail},
                                         {"next", "each is tried alone"}});
  for (std::size_t i = 0; i < batch.size(); ++i) process(batch.subspan(i, 1));
}

void Committer::refuse(Pending& pending, const Error& error) {
  const Rejection rejection = error.code == Errc::unavailable ? store_unavailable() : internal_error();
  // Leave a trace if the store lets us: the request itself may be what it cannot take.
  if (error.code != Errc::unavailable) {
    Arrival trace;
    trace.delivery = pending.arrival->delivery;
    trace.key_hash = pending.arrival->key_hash;
    trace.started = pending.arrival->started;
    trace.fault = rejection;
    Pending row{std::move(trace), {}};
    if (const auto kept = try_commit({&row, 1}); !kept) {
      parts_.log.error("delivery.not_logged", {{"message", kept.error().message}, {"detail", kept.error().detail}});
    }
  }
  parts_.metrics.failed.add();
  pending.answer(render_rejection(pending.arrival->delivery.dialect, rejection));
}

void Committer::answer(std::span<Pending> batch) {
  std::vector<const Arrival*> arrivals;
  arrivals.reserve(batch.size());
  for (const Pending& pending : batch) arrivals.push_back(pending.arrival.get());
  parts_.metrics.count(arrivals, parts_.clock.mono());
  const bool effects = std::any_of(arrivals.begin(), arrivals.end(), [](const Arrival* each) { return each->effects; });
  if (effects && parts_.effects_committed) parts_.effects_committed();
  for (const Arrival* each : arrivals) {
    const bool held = each->delivery.status == DeliveryStatus::held;
    if (held && parts_.held != nullptr) parts_.held->add(each->delivery.webhook);
  }
  // All at once: an I/O thread that is woken finds them together.
  std::vector<std::pair<http::Exchange, http::Response>> replies;
  replies.reserve(batch.size());
  for (Pending& pending : batch) {
    const Arrival& arrival = *pending.arrival;
    http::Response reply =
        arrival.unknown_webhook ? render_rejection(arrival.delivery.dialect, unknown_webhook()) : render_reply(arrival);
    if (pending.group) {
      pending.answer(std::move(reply));
    } else {
      replies.emplace_back(std::move(pending.exchange), std::move(reply));
    }
  }
  http::reply_all(replies);
}

}  // namespace postern
