// The part of the store port that looks people up and manages them by hand.
#pragma once

#include "base/result.h"
#include "model/delivery.h"
#include "model/space.h"
#include "model/user.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// A membership with where it came from.
struct MembershipRow {
  Membership membership;
  WallTime since{};                      // Of the last change.
  std::optional<DeliveryId> because_of;  // The delivery that last changed it; empty: by hand.
};

struct UserPage {
  std::optional<UserId> after;  // Only users with a greater id.
  std::string search;           // Only users whose e-mail or login begins with this (ASCII case ignored); empty: all.
  std::optional<SpaceId> member_of;
  std::size_t limit = 50;
};

struct Counts {
  std::int64_t users = 0;
  std::int64_t memberships = 0;
  std::int64_t deliveries = 0;
  std::int64_t outbox = 0;
};

// Any thread. Errors of all: unavailable, internal; others as named.
class UserStore {
 public:
  virtual ~UserStore() = default;
  virtual Result<std::optional<User>> find_user(std::string_view email_key) = 0;
  virtual Result<std::vector<User>> list_users(const UserPage& page) = 0;
  virtual Result<std::vector<MembershipRow>> memberships(UserId user) = 0;
  // Errors: not_found.
  virtual Result<void> set_administrator(UserId user, bool administrator) = 0;
  // Removes the user and all memberships; deliveries stay in the log. Raises the catalog's generation, since the
  // login is free again. Errors: not_found.
  virtual Result<void> remove_user(UserId user) = 0;
  // Changes a membership by hand: adds or replaces it. Errors: not_found (user or space).
  virtual Result<void> set_membership(UserId user, const Membership& membership, WallTime at) = 0;
  // May take time proportional to the store's size.
  virtual Result<Counts> counts() = 0;
};

}  // namespace postern
