// What has to be done now and then: retention, the index that finds a person's deliveries, knowing persons by heart
// before their deliveries come, and what commits have put off.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "presets/preset_library.h"
#include "store/delivery_log.h"
#include "store/outbox_store.h"
#include "store/transaction.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace postern {

// One thread, woken every ten seconds, and every 50 ms to look whether the store has put something off; every second it
// looks for changed presets. What it does is
// done in small portions, so that deliveries are never held up.
class Upkeep {
 public:
  struct Parts {
    Provisioning& provisioning;
    DeliveryLog& deliveries;
    OutboxStore& outbox;
    PresetLibrary& presets;
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
  bool wait(std::chrono::milliseconds time);  // False: stop. Keeps the store fast meanwhile.
  std::chrono::milliseconds keep_fast();      // A portion of it; how long to wait before the next.
  void index();
  bool give_way();  // False: stop.
  void trim();
  void trim_outbox();
  void look_for_presets();

  Parts parts_;
  const Retention retention_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // Guarded by mutex_.
  MonoTime presets_looked_at_{};
  bool failing_ = false;  // To log a failure once; of the upkeep's thread.
  std::thread thread_;
};

}  // namespace postern
