// Performs what is in the outbox: claims rows, has them performed, writes down what came of it.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/shared_random.h"
#include "effects/lanes.h"
#include "effects/performer.h"
#include "store/outbox_store.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace postern {

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
    std::map<EffectKind, Performer*> performers;  // Kinds without one are left waiting.
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
  struct Lane {
    EffectLane plan;
    std::vector<EffectKind> kinds;  // Those of the plan that have a performer.
  };
  void run(const Lane& lane);
  // Claims one row and performs it. True: there may be more at once.
  Result<bool> perform_one(const Lane& lane);
  Settlement settlement_of(const OutboxRow& row, const Lane& lane, Outcome outcome);
  // Until something is due, or wake(). False: stop.
  bool wait(const Lane& lane, std::uint64_t seen, bool after_failure);
  bool stopping();

  Parts parts_;
  std::vector<Lane> lanes_;  // Does not change.
  std::mutex mutex_;
  std::condition_variable wake_;
  std::uint64_t woken_ = 0;  // Guarded by mutex_.
  bool stopping_ = false;    // Guarded by mutex_.
  std::vector<std::thread> threads_;
};

}  // namespace postern
