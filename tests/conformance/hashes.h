// Hashes for tests: as long as real ones, and as different as their numbers.
#pragma once

#include "model/webhook.h"

namespace postern {

inline KeyHash hash_of(int n) {
  KeyHash out{};
  out[0] = static_cast<std::byte>(n);
  out[31] = static_cast<std::byte>(1);
  return out;
}

}  // namespace postern
