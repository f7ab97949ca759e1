// Group commit: one thread takes every delivery that queued up while the last transaction was syncing, and commits
// them together. No timer, no added latency when idle, one sync for hundreds of deliveries under load.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "http/server.h"
#include "pipeline/arrival.h"
#include "pipeline/catalog.h"
#include "pipeline/held_webhooks.h"
#include "pipeline/metrics.h"
#include "pipeline/provision.h"
#include "pipeline/reply_group.h"
#include "store/transaction.h"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace postern {

// A delivery together with the right to answer it: alone, or as one of the events of a request. Cheap to move.
struct Pending {
  Pending() = default;
  Pending(Arrival of, http::Exchange by, std::shared_ptr<ReplyGroup> in = nullptr, std::size_t at = 0)
      : arrival(std::make_unique<Arrival>(std::move(of))), exchange(std::move(by)), group(std::move(in)), place(at) {}

  std::unique_ptr<Arrival> arrival;  // Null only if moved from or default-made.
  http::Exchange exchange;
  std::shared_ptr<ReplyGroup> group;  // Not null: it answers, not `exchange`.
  std::size_t place = 0;              // In the group.

  void answer(http::Response response) {
    if (group) {
      group->add(place, std::move(response));
    } else {
      exchange.reply(std::move(response));
    }
  }
  std::size_t bytes() const { return sizeof(Arrival) + arrival->delivery.payload.size() + arrival->sealed.size(); }
};

// Of deliveries that wait to be committed; one batch more is being worked on.
struct CommitterLimits {
  std::size_t queue_deliveries = 16'384;
  std::size_t queue_bytes = 64UL * 1024 * 1024;
  std::size_t batch = 1024;  // Deliveries in one transaction, so that a long queue is answered bit by bit.
};

// Order: deliveries are decided in the order of submit(). A reply leaves only after its transaction is on disk.
class Committer {
 public:
  struct Parts {
    Provisioning& store;
    CatalogCache& catalog;
    const Clock& clock;
    Log& log;
    PipelineMetrics& metrics;
    std::function<void()> effects_committed;  // Called when there is something new in the outbox; cheap.
    HeldWebhooks* held = nullptr;             // Told what has been held; null: nobody wants to know.
  };
  // All parts must outlive the committer.
  Committer(Parts parts, ProvisionPolicy policy, CommitterLimits limits);
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;
  ~Committer();  // stop()

  // later: the caller has more at hand and calls wake() after it, so that all of them go into one transaction.
  enum class Wake { now, later };
  // Any thread, never blocks on the store. Takes `pending` and returns true; false: the queue is full (`pending` is
  // untouched and the caller answers 503).
  bool submit(Pending& pending, Wake wake = Wake::now);
  // What has been submitted is to be begun. Any thread.
  void wake();
  // Commits and answers what has been submitted, then ends the thread. Nothing may be submitted afterwards.
  void stop();

 private:
  void run();
  void process(std::span<Pending> batch);
  void forget(std::span<const Pending> batch);
  // One transaction for all of them. On failure nothing was kept.
  Result<void> commit(std::span<Pending> batch);
  // The same, and what is thrown on the way is an internal error.
  Result<void> try_commit(std::span<Pending> batch);
  void commit_one_by_one(std::span<Pending> batch, const Error& error);
  void refuse(Pending& pending, const Error& error);
  void answer(std::span<Pending> batch);

  Parts parts_;
  const ProvisionPolicy policy_;
  const CommitterLimits limits_;
  LoginHints hints_;  // Of the committer's thread.

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Pending> queue_;     // Guarded by mutex_.
  bool due_ = false;               // Guarded by mutex_: the queue is to be taken.
  std::size_t waiting_ = 0;        // Guarded by mutex_: submitted, and their batch has not begun.
  std::size_t waiting_bytes_ = 0;  // Guarded by mutex_.
  bool stopping_ = false;          // Guarded by mutex_.
  std::thread thread_;
};

}  // namespace postern
