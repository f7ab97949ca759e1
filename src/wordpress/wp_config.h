// wp-config.php, read without running PHP. What cannot be known without running it is named, never guessed.
// Pure. Any thread.
// Source: wp-config-sample.php, wp-load.php and wp-settings.php of WordPress; vectors in tests/data/wordpress/vectors.
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "wordpress/php_expression.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern::wordpress {

// Something about the file that an operator must know. `reason` goes on after the name: "is not defined …". No secret.
struct ConfigFault {
  std::string name;      // A constant, or "$table_prefix".
  std::size_t line = 0;  // 0: it stands nowhere.
  std::string reason;
  bool required = false;  // Nothing can be done on the site without it.
};

// A file that this one includes, or code that it makes up and runs: it is not read and may define anything.
struct ConfigInclude {
  std::string what;
  std::size_t line = 0;
};

// Where the file is found: what it may refer to.
struct ConfigPlace {
  std::string directory;  // Of the file.
  std::string abspath;    // Of WordPress, with a '/' at the end: the constant ABSPATH. Empty: the file defines it.
  EnvironmentLookup environment;
};

// Empty optionals are what the file does not define, or what cannot be known: then there is a fault.
struct WpConfig {
  std::optional<std::string> db_name;
  std::optional<std::string> db_user;
  std::optional<Secret> db_password;
  std::optional<std::string> db_host;
  std::optional<std::string> db_charset;
  std::optional<std::string> db_collate;
  std::optional<std::string> table_prefix;  // Letters, digits and '_' only.
  std::optional<std::string> home;          // WP_HOME, WP_SITEURL: they come before the options of that name.
  std::optional<std::string> site_url;
  std::optional<std::string> content_dir;
  std::optional<std::string> user_table;  // CUSTOM_USER_TABLE, CUSTOM_USER_META_TABLE
  std::optional<std::string> usermeta_table;
  std::optional<std::string> portal_slug;  // FLUENT_COMMUNITY_PORTAL_SLUG
  std::optional<std::string> network_domain;
  std::optional<std::string> network_path;
  std::int64_t network_blog_id = 1;
  bool multisite = false;
  bool db_tls = false;                  // MYSQL_CLIENT_FLAGS asks for it.
  std::map<std::string, Secret> keys;   // AUTH_KEY … NONCE_SALT, those that are defined.
  std::vector<ConfigFault> faults;      // The required ones first.
  std::vector<ConfigInclude> includes;  // In order, without wp-settings.php.

  bool is_usable() const;  // No fault is a required one.
};

// Errors: invalid (no PHP, or not read to its end; the line), too_large.
Result<WpConfig> read_wp_config(std::string_view file, const ConfigPlace& place);

// Could these characters be a table prefix? WordPress refuses all others.
bool is_table_prefix(std::string_view text);

}  // namespace postern::wordpress
