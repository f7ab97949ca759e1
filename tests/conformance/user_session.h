// The `n`th session of a user, for tests: begun `at`, seen n minutes later, for a day.
#pragma once

#include "conformance/hashes.h"
#include "model/person.h"

namespace postern {

inline UserSession user_session(UserId user, int n, WallTime at) {
  return {.hash = hash_of(n),
          .user = user,
          .created_at = at,
          .last_seen_at = at + std::chrono::minutes{n},
          .expires_at = at + std::chrono::hours{24}};
}

}  // namespace postern
