// What a delivery needs before it is committed and takes long: the operator's scripts, then the hash of a new user's
// password. Off the I/O threads and off the committer.
#pragma once

#include "base/log.h"
#include "crypto/password.h"
#include "pipeline/committer.h"
#include "pipeline/fair_queue.h"
#include "pipeline/script_step.h"
#include "store/user_store.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace postern {

// Every delivery passes through here on its way to the committer. One that needs nothing goes straight on, unless an
// earlier delivery for the same person is still here: then it waits behind it, so that order per person is order of
// arrival. Scripts and hashes have threads of their own; the webhooks take turns at the scripts, so that a slow script
// of one webhook does not hold up the others. A password is hashed only if nobody has the address yet.
class PreparationStage {
 public:
  struct Limits {
    unsigned hash_threads = 1;
    std::size_t hash_queue = 256;  // Deliveries waiting for a hash, all persons together.
    unsigned script_threads = 2;
    std::size_t script_queue = 1024;  // Deliveries waiting for scripts; of one webhook half of it.
    std::size_t script_queue_bytes = 64UL * 1024 * 1024;
  };
  struct Parts {
    Committer& committer;
    UserStore& users;
    const ScriptStep* scripts;  // Null: there are none, and arrivals have no script input.
    PipelineMetrics& metrics;
    Log& log;
    const PasswordScheme& passwords = argon2_scheme();
  };
  // All must outlive the stage.
  PreparationStage(Parts parts, Limits limits);
  PreparationStage(const PreparationStage&) = delete;
  PreparationStage& operator=(const PreparationStage&) = delete;
  ~PreparationStage();  // stop()

  // As Committer::submit(); also false when a queue of the stage is full. Any thread, never blocks for long.
  bool submit(Pending& pending, Committer::Wake wake = Committer::Wake::now);
  // As Committer::wake().
  void wake() { parts_.committer.wake(); }
  // Hashes and passes on what is waiting, then ends the threads. What still waits for its scripts is answered 503.
  void stop();

 private:
  // A delivery in the stage, and what is still to be done for it.
  struct Entry {
    Pending pending;
    std::size_t script_bytes = 0;  // Of a delivery that came with scripts to be run, also once they have.
    WebhookId webhook;             // Likewise.
    bool scripts_due = false;
    bool hash_due = false;
  };
  using Lane = std::deque<Entry>;  // One person's deliveries, the first of which is being worked on.

  static Entry make_entry(Pending& pending);
  bool has_room(const Entry& entry) const;
  void count(const Entry& entry, bool comes);
  void run_scripts();
  void run_hashes();
  void work_on_scripts(Arrival& arrival);
  void hash(Arrival& arrival);
  // Has the front of the lane worked on if it needs that, else passes it on and looks at the next one. The caller holds
  // mutex_.
  void advance(const std::string& email_key);
  void pass_on(Pending& pending);
  void refuse(Pending& pending);

  const Parts parts_;
  const Limits limits_;
  std::atomic<std::size_t> waiting_{0};  // Deliveries in lanes. 0: nothing to look at.

  std::mutex mutex_;
  std::condition_variable script_work_;
  std::condition_variable hash_work_;
  // Guarded by mutex_, all of these.
  std::unordered_map<std::string, Lane> lanes_;
  FairQueue script_ready_;              // Lanes whose front waits for its scripts.
  std::deque<std::string> hash_ready_;  // Lanes whose front is to be hashed.
  std::unordered_map<WebhookId, std::size_t> scripts_of_;
  std::size_t scripts_waiting_ = 0;
  std::size_t script_bytes_ = 0;
  std::size_t others_waiting_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace postern
