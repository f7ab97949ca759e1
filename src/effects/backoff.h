// When a failed attempt is tried again.
#pragma once

#include "base/random.h"

#include <chrono>

namespace postern {

struct BackoffPolicy {
  std::chrono::seconds first{10};
  std::chrono::seconds longest{6 * 3600};
  int attempts = 12;  // Then the row is dead.
};

// How long to wait after the attempt number `attempt` (from 1): doubles from `first` up to `longest`; the later half of
// the wait is random, so that what failed together does not come back together.
std::chrono::milliseconds backoff(const BackoffPolicy& policy, int attempt, Random& random);

}  // namespace postern
