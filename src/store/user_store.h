// The part of the store port that looks people up and manages them by hand.
#pragma once

#include "base/result.h"
#include "model/delivery.h"
#include "model/space.h"
#include "model/user.h"

#include <cstdint>
#include <map>
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
  std::optional<UserId> after;  // Only users behind this one, in the order of the page.
  std::string search;           // Only users whose e-mail or login begins with this (ASCII case ignored); empty: all.
  std::optional<SpaceId> member_of;
  std::size_t limit = 50;
  std::size_t max_examined = 50'000;  // Users looked at by one call.
};

struct UserList {
  std::vector<User> users;
  std::optional<UserId> next;  // There may be more: go on with it as `after`.
};

// Somebody who is in a space.
struct Member {
  User user;
  MembershipRow row;
};

struct Counts {
  std::int64_t users = 0;
  std::int64_t memberships = 0;
  std::int64_t deliveries = 0;
  std::int64_t outbox = 0;  // Effects that wait to be performed.
};

// Any thread. Errors of all: unavailable, internal; others as named.
class UserStore {
 public:
  virtual ~UserStore() = default;
  virtual Result<std::optional<User>> find_user(std::string_view email_key) = 0;
  virtual Result<std::optional<User>> user_by_id(UserId id) = 0;
  // By id; with a search by e-mail, behind them those found only by their login, by login. Looks at a bounded number of
  // users, so that a page may be short and still have a `next`. Errors: invalid (`after` has been removed).
  virtual Result<UserList> list_users(const UserPage& page) = 0;
  // By user; only users with a greater id than `after`.
  virtual Result<std::vector<Member>> members(SpaceId space, UserId after, std::size_t limit) = 0;
  // How many memberships each space has; those without one may be left out.
  virtual Result<std::map<SpaceId, std::int64_t>> member_counts() = 0;
  virtual Result<std::vector<MembershipRow>> memberships(UserId user) = 0;
  // Errors: not_found.
  virtual Result<void> set_administrator(UserId user, bool administrator) = 0;
  // Removes the user, all memberships and the effects meant for them; deliveries stay in the log. Raises the
  // catalog's generation, since the login is free again. Errors: not_found.
  virtual Result<void> remove_user(UserId user) = 0;
  // Changes a membership by hand: adds or replaces it. Errors: not_found (user or space).
  virtual Result<void> set_membership(UserId user, const Membership& membership, WallTime at) = 0;
  // Errors: not_found (there is no such membership).
  virtual Result<void> remove_membership(UserId user, SpaceId space) = 0;
  virtual Result<Counts> counts() = 0;
};

}  // namespace postern
