// The routes of accounts: session, setup, me, admins, tokens, audit log.
#pragma once

#include "admin/account_audit.h"
#include "admin/routes.h"
#include "admin/sessions.h"
#include "login/login_throttle.h"
#include "login/password_desk.h"

#include <functional>
#include <string>

namespace postern {

// All must outlive the routes. Any thread, `random` too.
struct AccountParts {
  AccountStore& store;
  const KeyVault& vault;
  Random& random;
  const Clock& clock;
  Sessions& sessions;
  AccountAudit& trail;
  PasswordDesk& passwords;
  LoginThrottle& throttle;
  std::function<std::string()> base_url;  // What one-time links begin with.
};

void add_account_routes(Routes& routes, const AccountParts& parts);

}  // namespace postern
