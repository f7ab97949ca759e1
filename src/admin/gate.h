// What the desk needs of accounts: who asks, and where it is written down what they did.
#pragma once

#include "admin/call.h"
#include "admin/reply.h"
#include "base/result.h"

#include <optional>

namespace postern {

// Any thread; may read the store.
class Gate {
 public:
  virtual ~Gate() = default;
  // Fills in call.principal from the session cookie or the bearer token; nobody is no problem here. A problem: a token
  // or session that is not valid (any more), or a request that changes something with a cookie but without the proof
  // that it comes from our own pages.
  virtual std::optional<Problem> identify(Call& call) = 0;
};

// Any thread. Errors: unavailable.
class AuditTrail {
 public:
  virtual ~AuditTrail() = default;
  virtual Result<void> record(const Call& call, const AuditEntry& entry) = 0;
};

// Remembers the replies to POSTs with an Idempotency-Key, per principal and route. Any thread.
class ReplyMemory {
 public:
  virtual ~ReplyMemory() = default;
  // The first reply to the same request, or a problem (same key with another body, or still being worked on);
  // nothing: go on, and call remember() or forget() afterwards.
  virtual std::optional<Reply> recall(const Call& call) = 0;
  virtual void remember(const Call& call, const http::Response& response) = 0;
  virtual void forget(const Call& call) = 0;
};

}  // namespace postern
