// What has to be done now and then: retention, and the index that finds a person's deliveries.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "store/delivery_log.h"
#include "store/outbox_store.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace postern {

// One thread, woken every ten seconds. What it does is done in small portions, so that deliveries are never held up.
class Upkeep {
 public:
  struct Parts {
    DeliveryLog& deliveries;
    OutboxStore& outbox;
    const Gauge& queue_depth;  // Deliveries that wait to be committed.
    const Clock& clock;
    Log& log;
  };
  // All parts must outlive the upkeep.
  Upkeep(Parts parts, Retention retention);
  Upkeep(const Upkeep&) = delete;
  Upkeep& operator=(const Upkeep&) = delete;
  ~Upkeep();  // stop()

  void stop();

 private:
  void run();
  bool wait(std::chrono::milliseconds time);  // False: stop.
  void index();
  bool give_way();  // False: stop.
  void trim();
  void trim_outbox();

  Parts parts_;
  const Retention retention_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // Guarded by mutex_.
  std::thread thread_;
};

}  // namespace postern
