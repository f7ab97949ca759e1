// The pages for people and the access checks, wired.
#pragma once

#include "base/shared_random.h"
#include "config/settings.h"
#include "portal/portal_desk.h"
#include "store/store.h"

#include <functional>
#include <memory>
#include <string>

namespace postern {

// Everything behind /account and /auth. Any thread.
class PortalWiring {
 public:
  struct Parts {
    Store& store;
    const KeyVault& vault;
    Random& random;  // Used by nobody else from now on.
    const Clock& clock;
    Log& log;
    const Settings& settings;
    std::string base_url;               // What links begin with.
    std::string site_name;              // Stands above every page; may be empty.
    bool can_mail = true;               // Is there a mail server?
    std::function<void()> wake_outbox;  // Something was put into the outbox.
  };
  // All parts must outlive it. Errors: invalid (settings that do not fit together), unavailable.
  static Result<std::unique_ptr<PortalWiring>> create(Parts parts);

  // False: not ours, or the pages are switched off.
  bool take(const http::Request& request, http::Exchange& exchange) {
    return parts_.settings.portal.enabled && desk_.take(request, exchange);
  }
  void stop() { desk_.stop(); }

 private:
  PortalWiring(Parts parts, PortalPolicy policy, std::unique_ptr<PasswordDesk> passwords);
  Parts parts_;
  SharedRandom random_;
  const PortalPolicy policy_;
  std::unique_ptr<PasswordDesk> passwords_;
  LoginThrottle throttle_;
  PersonSessions sessions_;
  Portal portal_;
  AccessChecks checks_;
  PortalDesk desk_;  // The last: its threads use all the others.
};

}  // namespace postern
