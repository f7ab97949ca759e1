#pragma once

#include "base/random.h"

#include <mutex>

namespace postern {

// Lets several threads take from one source. Any thread.
class SharedRandom final : public Random {
 public:
  // `source` must outlive it and be used by nobody else.
  explicit SharedRandom(Random& source) : source_(source) {}
  void fill(std::span<std::byte> out) override {
    const std::lock_guard lock(mutex_);
    source_.fill(out);
  }

 private:
  std::mutex mutex_;
  Random& source_;  // Guarded by mutex_.
};

}  // namespace postern
