// Waiting for something that happens elsewhere, without a fixed time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace postern {

// Looks again every few milliseconds, for about `most`.
template <class Condition>
bool comes_true(Condition condition, std::chrono::milliseconds most = std::chrono::seconds(5)) {
  constexpr std::chrono::milliseconds kPause{5};
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  for (std::chrono::milliseconds waited{0}; waited < most; waited += kPause) {
    if (condition()) return true;
    never.wait_for(lock, kPause);
  }
  return false;
}

}  // namespace postern
