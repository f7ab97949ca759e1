// postern user …
#pragma once

#include "cli/context.h"

namespace postern {

struct UserListFlags {
  std::string space;  // Slug of a space or course; empty: all.
  std::string search;
  std::int64_t after = 0;
  std::size_t limit = 50;
};

Result<void> list_users(Context& context, const UserListFlags& flags);
Result<void> show_user(Context& context, const std::string& email);
Result<void> edit_user(Context& context, const std::string& email, bool administrator);
// Prints a link that sets the password.
Result<void> link_user(Context& context, const std::string& email);
Result<void> remove_user(Context& context, const std::string& email);

}  // namespace postern
