// Writes new users as WordPress and FluentCommunity write them: {prefix}users, {prefix}usermeta, the count of users,
// {prefix}fcom_xprofile. Many at once; the number of statements does not grow with the number of users, up to 256 rows.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "model/user.h"
#include "store/mariadb/database.h"
#include "store/wordpress/site_options.h"
#include "store/wordpress/site_tables.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace postern::wordpress {

// What every write to the site needs. What it refers to must outlive it.
struct SiteWrite {
  mariadb::Connection& db;
  const SiteTables& tables;
  const SiteOptions& options;
  WallTime now;
  std::string local_now;  // storable_time() of it.
};

// Local times as the server takes them for a TIMESTAMP: one within the hour that its own time zone skips in spring
// exists for the site, and not for the server, which would refuse it. Such a time is moved to the end of that hour, as
// the server does it for WordPress.
Result<std::vector<std::string>> storable_times(mariadb::Connection& db, std::vector<std::string> times);
// The same for one instant, as the site's clock shows it.
Result<std::string> storable_time(mariadb::Connection& db, const TimeZone& zone, WallTime at);

// Their numbers, in order. Errors: those of to_error(); invalid (WordPress would refuse one of them; its sentence).
Result<std::vector<UserId>> insert_users(const SiteWrite& site, std::span<const NewUser* const> users);

// WordPress' own count of them, where it is kept. Source: wp_update_user_counts().
Result<void> count_users(const SiteWrite& site);

// Gives each of these users who has none a profile in FluentCommunity.
Result<void> add_missing_profiles(const SiteWrite& site, std::span<const std::int64_t> users);

}  // namespace postern::wordpress
