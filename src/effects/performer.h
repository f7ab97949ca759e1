// What performs one kind of effect.
#pragma once

#include "model/effect.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace postern {

// What came of one attempt.
struct Outcome {
  enum class Kind {
    done,
    retry,    // Later, by the rules of the lane.
    dead,     // Trying again would not help.
    skipped,  // There is nothing to do any more: the user is gone, the endpoint was removed.
  };
  Kind kind = Kind::done;
  std::string note;                          // One plain sentence; never a secret.
  int status = 0;                            // That the other side answered; 0: none.
  std::string response;                      // The beginning of what it answered.
  std::optional<std::chrono::seconds> wait;  // At least so long before the next attempt (Retry-After).
  std::vector<NewEffect> follow_ups;         // Only of `done`.
};

class Performer {
 public:
  virtual ~Performer() = default;
  // Called by the threads of the worker, several at once. Must come to an end within the lane's lease, whatever the
  // other side does. May be called again for a row that was performed before (the process may have died in between).
  virtual Outcome perform(const OutboxRow& row) = 0;
};

}  // namespace postern
