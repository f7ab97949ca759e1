// Sessions of admins: opened at login, looked up with every request, ended.
#pragma once

#include "admin/call.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/key_vault.h"
#include "store/account_store.h"

#include <chrono>
#include <optional>
#include <string>

namespace postern {

struct SessionPolicy {
  std::chrono::seconds idle{12 * 3600};           // Ends when it has not been used for so long …
  std::chrono::seconds lifetime{30 * 24 * 3600};  // … and in any case after this.
};

// A session that is valid right now, with its admin.
struct LiveSession {
  Session session;
  AdminRecord owner;
  std::string csrf;
};

// Any thread, if `random` is.
class Sessions {
 public:
  struct Parts {
    AccountStore& store;
    const KeyVault& vault;
    Random& random;
    const Clock& clock;
  };
  Sessions(Parts parts, SessionPolicy policy) : parts_(parts), policy_(policy) {}

  struct Opened {
    Secret secret;
    std::string csrf;
    std::string cookie;  // The value of Set-Cookie.
  };
  // Always with a new secret; a session that the client presents is ended. `totp_due`: lasts ten minutes only.
  // Errors: unavailable.
  Result<Opened> open(const Call& call, AdminId admin, bool totp_due);
  // The session of the cookie, if it is valid and its admin may log in; notes at most once a minute that it was seen.
  // Errors: unavailable.
  Result<std::optional<LiveSession>> find(const Call& call);
  // Errors: unavailable.
  Result<void> end(const Call& call);
  // Is this session, of whatever cookie, still alive?
  bool is_alive(const Session& session) const;

 private:
  Parts parts_;
  const SessionPolicy policy_;
};

}  // namespace postern
