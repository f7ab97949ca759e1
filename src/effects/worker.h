// Performs what is in the outbox: claims rows, has them performed, writes down what came of it.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/shared_random.h"
#include "effects/performer.h"
#include "store/outbox_store.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace postern {

// When a failed attempt is tried again, and when it is given up.
struct BackoffPolicy {
  std::chrono::seconds first{10};
  std::chrono::seconds longest{6 * 3600};
  int attempts = 12;  // Then the row is dead.
};

// How long to wait after the attempt number `attempts` (from 1): doubles from `first` up to `longest`; the later half
// of the wait is random, so that what failed together does not come back together.
std::chrono::milliseconds backoff(const BackoffPolicy& policy, int attempts, Random& random);

// A lane of its own for effects that must not wait for others: mail does not wait for a slow endpoint.
struct EffectLane {
  std::string name;  // For the log.
  std::vector<EffectKind> kinds;
  unsigned threads = 1;
  std::chrono::seconds lease{120};  // Longer than performing one row can take.
  std::map<EffectKind, BackoffPolicy> backoff;
};

// At least once: a row whose performer dies is performed again when its lease has run out. No two threads, processes or
// nodes perform one row at once. After a failure of the store the worker waits and goes on.
class OutboxWorker {
 public:
  struct Parts {
    OutboxStore& store;
    const Clock& clock;
    Log& log;
    SharedRandom& random;
    CounterFamily& performed;                     // By kind and result.
    std::map<EffectKind, Performer*> performers;  // One for each kind of the lanes.
  };
  // All parts must outlive the worker.
  OutboxWorker(Parts parts, std::vector<EffectLane> lanes);
  OutboxWorker(const OutboxWorker&) = delete;
  OutboxWorker& operator=(const OutboxWorker&) = delete;
  ~OutboxWorker();  // stop()

  // Something was committed: look at once instead of at the next round. Any thread, cheap.
  void wake();
  // Lets what is being performed end, then ends the threads.
  void stop();

 private:
  void run(const EffectLane& lane);
  // Claims one row and performs it. True: there may be more at once.
  bool perform_one(const EffectLane& lane);
  void settle(const OutboxRow& row, const EffectLane& lane, const Outcome& outcome, const OutboxAttempt& attempt);
  // Until something is due, or wake(). False: stop.
  bool wait(const EffectLane& lane, std::uint64_t seen);

  Parts parts_;
  const std::vector<EffectLane> lanes_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::uint64_t woken_ = 0;  // Guarded by mutex_.
  bool stopping_ = false;    // Guarded by mutex_.
  std::vector<std::thread> threads_;
};

}  // namespace postern
