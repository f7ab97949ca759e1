// What WordPress writes into its tables for a new user, as values. Pure. Any thread.
// Source: wp_insert_user(), observed on WordPress 6.1 to 7.1; vectors and recordings in tests/data.
#pragma once

#include "base/clock.h"
#include "wordpress/php_value.h"
#include "wordpress/site_version.h"

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace postern::wordpress {

// What of the site's options decides how a user is written.
struct SiteRules {
  WpVersion version;
  std::string table_prefix;         // Of the blog: it is part of two keys of the meta.
  std::string role = "subscriber";  // Option default_role; may be empty.
  int user_level = 0;               // level_of(role)
  bool multisite = false;
};

// As it comes in; nothing is escaped yet.
struct NewSiteUser {
  std::string login;
  std::string email;
  std::string first_name;
  std::string last_name;
  std::string display_name;   // Empty: made of the names, as WordPress does it.
  std::string password_hash;  // hash_typed_password()
  WallTime registered;
};

// A row of {prefix}users but for the automatic ID; the columns that are not here have their defaults.
struct UserRow {
  std::string user_login;
  std::string user_pass;
  std::string user_nicename;
  std::string user_email;
  std::string user_url;
  std::string user_registered;  // UTC, "2026-11-23 14:06:23".
  std::string user_activation_key;
  std::string display_name;

  bool operator==(const UserRow&) const = default;
};

struct UserRows {
  UserRow user;
  std::vector<std::pair<std::string, std::string>> meta;  // Key and value, in the order in which they are written.
};

// Why WordPress refuses the user: its own code and (English) sentence.
struct UserRefusal {
  std::string_view code;
  std::string_view message;

  bool operator==(const UserRefusal&) const = default;
};

// The rows, or why there are none. `nicename` is one of nicename_candidate() that no other user has. Whether the login
// and the address are free is not looked at. A value that is too long for its column is a refusal with the code
// "insert_refused": WordPress makes no user then and says nothing.
std::variant<UserRows, UserRefusal> make_user_rows(const SiteRules& site, const NewSiteUser& user,
                                                   std::string_view nicename);

// The login as it is stored: strictly sanitized, on a network in lower case.
std::string stored_login(std::string_view login, bool multisite);

// The `n`th user_nicename to try for a stored login, from 1 on: the slug, then slug-2, slug-3, … It is taken if
// another login has it, as the database compares texts. May be empty.
std::string nicename_candidate(std::string_view stored_login, unsigned n);

// The highest level_N that a role has, 0 to 10, in the option {prefix}user_roles. 0 for a role that is not there.
int level_of(const PhpValue& roles, std::string_view role);

// May the role do what only administrators may (manage_options)? What such a default role makes of everybody who comes
// is no member but an owner.
bool is_powerful(const PhpValue& roles, std::string_view role);

// "2026-11-23 14:06:23"
std::string mysql_time(WallTime time);

}  // namespace postern::wordpress
