// Writes memberships as FluentCommunity writes them: {prefix}fcom_space_user, and what it remembers of the spaces that
// a user may see.
#pragma once

#include "base/result.h"
#include "decide/decide.h"
#include "model/ids.h"
#include "model/space.h"
#include "store/wordpress/new_users.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace postern::wordpress {

// A person's place, by the rows of the table: PHP may have made several for one person and space.
struct PivotRow {
  std::int64_t id = 0;
  std::int64_t user = 0;
  std::int64_t space = 0;
  Role role = Role::member;
  MembershipStatus status = MembershipStatus::pending;  // Also of a row that says nothing.
};

// The rows of these users in these spaces, by id. Nobody changes them or makes new ones before the transaction ends.
Result<std::vector<PivotRow>> read_pivots(mariadb::Connection& db, const SiteTables& tables,
                                          std::span<const std::int64_t> users, std::span<const std::int64_t> spaces);

// What several rows come to: blocked if one is, else active if one is, else pending. The role is that of the first row
// with this status.
std::vector<Membership> memberships_of(std::span<const PivotRow> rows);

struct UserChange {
  std::int64_t user = 0;
  MembershipChange change;
};

// In order. Then `_fcom_space_ids` of everybody who has left something.
Result<void> write_memberships(const SiteWrite& site, std::span<const UserChange> changes);

// Which of these users administer the site: a role or a capability of theirs lets them manage its options.
Result<std::vector<std::int64_t>> administrators_among(mariadb::Connection& db, const SiteTables& tables,
                                                       const PhpValue& roles, std::span<const std::int64_t> users);

}  // namespace postern::wordpress
