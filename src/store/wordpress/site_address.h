// Where a site's database is and how to get in.
#pragma once

#include "base/result.h"
#include "store/mariadb/database.h"
#include "wordpress/wp_config.h"

#include <optional>
#include <string>
#include <string_view>

namespace postern::wordpress {

// What is given explicitly counts instead of what the file says: for values that only PHP could know.
struct SiteOverrides {
  std::optional<std::string> db_host;  // In the forms of DB_HOST.
  std::optional<std::string> db_name;
  std::optional<std::string> db_user;
  std::optional<Secret> db_password;
  std::optional<std::string> table_prefix;
};

// Puts them into `config` and takes the faults away that they answer. Errors: invalid (a prefix that cannot be one).
Result<void> apply(const SiteOverrides& overrides, WpConfig& config);

// What WordPress compares texts with for this DB_COLLATE: always one of utf8mb4, which is what we speak.
// Source: wpdb::determine_charset().
std::string session_collation(std::string_view db_collate);

// Precondition: config.is_usable(). Errors: invalid (a port that is none).
Result<mariadb::Address> address_of(const WpConfig& config);

}  // namespace postern::wordpress
