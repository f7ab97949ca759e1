// Hashes passwords of new users before their delivery is committed, off the I/O threads and off the committer.
#pragma once

#include "base/log.h"
#include "pipeline/committer.h"
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

// Every delivery passes through here on its way to the committer. One without a password goes straight on, unless an
// earlier delivery for the same person is still being hashed: then it waits behind it, so that order per person is
// order of arrival. A password is hashed only if nobody has the address yet.
class PasswordStage {
 public:
  struct Limits {
    unsigned threads = 1;
    std::size_t queue = 256;  // Deliveries waiting for a hash, all persons together.
  };
  // All must outlive the stage.
  PasswordStage(Committer& committer, UserStore& users, PipelineMetrics& metrics, Log& log, Limits limits);
  PasswordStage(const PasswordStage&) = delete;
  PasswordStage& operator=(const PasswordStage&) = delete;
  ~PasswordStage();  // stop()

  // As Committer::submit(); also false when the queue for hashing is full. Any thread, never blocks for long.
  bool submit(Pending& pending);
  // Hashes and passes on what is waiting, then ends the threads.
  void stop();

 private:
  using Lane = std::deque<Pending>;  // One person's deliveries, the first of which is being hashed.
  void run();
  void hash(Pending& pending);
  // Passes on the front of the lane and all that need no hash behind it. True: the lane needs another hash.
  // The caller holds mutex_.
  bool advance(const std::string& email_key);
  void pass_on(Pending& pending);

  Committer& committer_;
  UserStore& users_;
  PipelineMetrics& metrics_;
  Log& log_;
  const Limits limits_;
  std::atomic<std::size_t> waiting_{0};  // Deliveries in lanes. 0: nothing to look at.

  std::mutex mutex_;
  std::condition_variable work_;
  std::unordered_map<std::string, Lane> lanes_;  // Guarded by mutex_.
  std::deque<std::string> ready_;                // Guarded by mutex_: lanes whose front is to be hashed.
  bool stopping_ = false;                        // Guarded by mutex_.
  std::vector<std::thread> threads_;
};

}  // namespace postern
