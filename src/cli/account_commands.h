// postern admin …
#pragma once

#include "cli/context.h"

#include <string>

namespace postern {

struct AdminFlags {
  std::string email;
  std::string name;
  std::string role;  // Empty: owner for the first admin, admin for all others.
  bool second_factor = false;
};

// Prints a one-time link. Errors: invalid, conflict (the e-mail is taken).
Result<void> add_admin(Context& context, const AdminFlags& flags);
// Prints a one-time link with which another password is set; with `second_factor` the second factor is removed too.
// Errors: not_found, conflict (disabled).
Result<void> reset_admin(Context& context, const std::string& email, bool second_factor);
Result<void> list_admins(Context& context);
// Errors: not_found, conflict (the last owner).
Result<void> set_admin_disabled(Context& context, const std::string& email, bool disabled);

// Reads the whole audit log; one sentence per problem.
Result<std::vector<std::string>> check_audit(SqliteStore& store, const KeyVault& vault);

}  // namespace postern
