// Hashes and verifies the passwords of people who log in.
#pragma once

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/password.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

namespace postern {

// One at a time, so that a flood of logins takes one core at most. Any thread; waits for its turn, about 20 ms for each
// caller before it.
class PasswordDesk {
 public:
  // Makes the hash that unknown accounts are compared with. `scheme` must outlive the desk. Errors: unavailable.
  static Result<std::unique_ptr<PasswordDesk>> create(Random& random, const PasswordScheme& scheme = argon2_scheme());

  // Errors: unavailable (not enough memory), throttled (too many wait already).
  Result<std::string> hash(const Secret& password);
  // `hash` empty: takes as long as any other, and is false. Errors: throttled.
  Result<bool> verify(const std::string& hash, const Secret& password);

 private:
  PasswordDesk(const PasswordScheme& scheme, std::string nobody) : scheme_(scheme), nobody_(std::move(nobody)) {}
  // Runs `work` when it is its turn.
  template <class Work>
  auto in_turn(Work work) -> decltype(work());

  const PasswordScheme& scheme_;
  const std::string nobody_;  // The hash of a password that nobody knows.
  std::mutex turn_;
  std::atomic<int> waiting_{0};
};

}  // namespace postern
