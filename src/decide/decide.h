// The business rules, and nothing else: plain data in, plain data out; no store, no clock, no randomness.
#pragma once

#include "model/delivery.h"
#include "model/event.h"
#include "model/facts.h"
#include "model/user.h"
#include "model/webhook.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// One line of change in a person's memberships.
struct MembershipChange {
  enum class Kind { join, update, leave };  // Insert; change role and status; delete.
  Kind kind = Kind::join;
  Membership membership;  // As it shall be; for `leave` only `space` counts.
  bool operator==(const MembershipChange&) const = default;
};

// Everything that shall change because of one delivery, and a reason for each line of it.
struct Decision {
  bool create_user = false;
  std::vector<MembershipChange> changes;  // In the order in which they are to be applied.
  std::vector<SpaceOutcome> outcomes;     // One per space or course that the webhook names, in the order of the rules.
  bool welcome_email = false;
  std::string message;  // One true sentence about the case.
  bool operator==(const Decision&) const = default;
};

// Finds a space as it is now; null if it does not exist. The pointer must live until decide() returns.
class SpaceLookup {
 public:
  virtual ~SpaceLookup() = default;
  virtual const Space* find(SpaceId id) const = 0;
};

// What a delivery to a webhook with these `effects` does to the person of whom `facts` are known.
// Order: courses added, courses removed, spaces added, spaces removed; a removal wins over an addition.
// The rules as tables: docs/rules.md.
Decision decide(const Effects& effects, const Facts& facts, const SpaceLookup& spaces);

// The person's memberships after `changes`: what the next delivery for the same person will find.
void advance(Facts& facts, const std::vector<MembershipChange>& changes);

}  // namespace postern
