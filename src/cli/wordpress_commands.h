// postern wordpress …
#pragma once

#include "cli/context.h"

#include <optional>
#include <string>

namespace postern {

struct WordPressFlags {
  std::string path;  // Of wp-config.php, or of the folder of WordPress.
  std::optional<std::string> db_host;
  std::optional<std::string> db_name;
  std::optional<std::string> db_user;
  std::string db_password_file;
  std::optional<std::string> table_prefix;
};

// Looks at a WordPress site and prints what was found, and the lines for the web server in front of it. Changes
// nothing. Returns whether there is no problem. Errors: not_found, invalid (the password's file).
Result<bool> examine_wordpress(const Context& context, const WordPressFlags& flags);

}  // namespace postern
