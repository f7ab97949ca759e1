// Which effects are performed side by side, and how patiently.
#pragma once

#include "effects/backoff.h"
#include "model/effect.h"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace postern {

// Threads of their own for effects that must not wait for others: mail does not wait for a slow endpoint.
struct EffectLane {
  std::string name;
  std::map<EffectKind, BackoffPolicy> kinds;
  unsigned threads = 1;
  std::chrono::seconds lease{120};  // Longer than performing one row can take.
};

// mail (a day and a half of tries), scripts, events (what an endpoint is sent is tried for three days).
std::vector<EffectLane> default_lanes();

}  // namespace postern
