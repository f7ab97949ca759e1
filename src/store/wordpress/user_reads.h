// Users of a site as values, read in few statements.
#pragma once

#include "model/user.h"
#include "store/user_store.h"
#include "store/wordpress/site_options.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace postern::wordpress {

// Where a JSON object of the operator's scripts stands in a user's meta.
inline constexpr const char* kScriptMeta = "_postern_meta";

struct StoredUser {
  User user;
  std::string password_hash;  // Empty: nobody can log in with a password.
};

// Those of these numbers that there are, by number.
Result<std::vector<StoredUser>> read_users(mariadb::Connection& db, const SiteTables& tables,
                                           const SiteOptions& options, std::span<const std::int64_t> ids);

// The numbers of the users of one page, and whether there may be more. Errors: invalid (`after` has been removed).
struct UserNumbers {
  std::vector<std::int64_t> ids;
  bool more = false;
};
Result<UserNumbers> page_of_users(mariadb::Connection& db, const SiteTables& tables, const UserPage& page);

// By the whole login, ASCII case ignored; the lowest number of several.
Result<std::optional<std::int64_t>> user_with_login(mariadb::Connection& db, const SiteTables& tables,
                                                    std::string_view login);

// A user's memberships with the time of their last change, by space; or those of everybody in one space, by user.
struct TimedMembership {
  std::int64_t user = 0;
  MembershipRow row;
};
Result<std::vector<TimedMembership>> read_memberships(mariadb::Connection& db, const SiteTables& tables,
                                                      const TimeZone& zone, std::span<const std::int64_t> users,
                                                      std::optional<SpaceId> space);

}  // namespace postern::wordpress
