// The parts of the admin API, wired.
#pragma once

#include "admin/account_gate.h"
#include "admin/account_replies.h"
#include "admin/account_routes.h"
#include "admin/desk.h"
#include "base/shared_random.h"
#include "config/settings.h"
#include "store/store.h"

#include <memory>
#include <string>

namespace postern {

// Everything behind /api/v1. Any thread.
class Administration {
 public:
  struct Parts {
    Store& store;
    const KeyVault& vault;
    Random& random;  // Used by nobody else from now on.
    const Clock& clock;
    Log& log;
    const Settings& settings;
  };
  // All parts must outlive it. Errors: unavailable.
  static Result<std::unique_ptr<Administration>> create(const Parts& parts);

  AdminDesk& desk() { return *desk_; }
  // What links begin with. It is known only when the server listens.
  void set_base_url(std::string url) {
    base_url_.with([&](std::string& base) { base = std::move(url); });
  }
  // The address where the first owner is made, and at the same time the end of all such addresses before it. Nothing
  // once there is an admin. Errors: unavailable.
  Result<std::optional<std::string>> first_run_url();

 private:
  Administration(const Parts& parts, std::unique_ptr<PasswordDesk> passwords);
  std::string base_url() {
    return base_url_.with([](const std::string& base) { return base; });
  }

  Parts parts_;
  SharedRandom random_;
  std::unique_ptr<PasswordDesk> passwords_;
  Guarded<std::string> base_url_;
  LoginThrottle throttle_;
  Sessions sessions_;
  AccountGate gate_;
  AccountAudit audit_;
  AccountReplies replies_;
  Routes routes_;
  std::unique_ptr<AdminDesk> desk_;  // The last: its threads use all the others.
};

}  // namespace postern
