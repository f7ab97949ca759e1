// Sessions of users: opened at login, looked up with every request, ended.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/key_vault.h"
#include "pipeline/client.h"
#include "store/person_store.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace postern {

struct PersonSessionPolicy {
  std::chrono::seconds idle{7 * 24 * 3600};
  std::chrono::seconds lifetime{30 * 24 * 3600};
  std::string cookie_domain;  // Empty: this host only.
};

// Who is logged in.
struct LivePerson {
  UserSession session;
  Credentials credentials;
  Secret secret;  // Of the cookie.
};

// Any thread, if `random` is.
class PersonSessions {
 public:
  struct Parts {
    PersonStore& store;
    const KeyVault& vault;
    Random& random;
    const Clock& clock;
  };
  PersonSessions(Parts parts, PersonSessionPolicy policy) : parts_(parts), policy_(std::move(policy)) {}

  // The value of Set-Cookie. Always with a new secret; a session that the browser presents is ended.
  // Errors: not_found (the user), unavailable.
  Result<std::string> open(const http::Request& request, const Client& client, UserId user);
  // The session of the cookie, if it is alive; notes now and then that it was seen. Errors: unavailable.
  Result<std::optional<LivePerson>> find(const http::Request& request, const Client& client);
  // The same for an access check; writes nothing, see touch().
  Result<std::optional<SpaceAccess>> find_access(const http::Request& request, const Client& client, SpaceKind kind,
                                                 std::string_view slug);
  // Notes that the session was seen, if that was not noted lately. Errors: unavailable.
  Result<void> touch(const UserSession& session);
  // Ends the session of the cookie. Errors: unavailable.
  Result<void> end(const http::Request& request, const Client& client);
  std::string ended_cookie(const Client& client) const;

 private:
  Secret presented(const http::Request& request, const Client& client) const;
  std::string_view cookie_name(bool tls) const;
  std::string attributes(const Client& client) const;
  bool is_alive(const UserSession& session) const;

  Parts parts_;
  const PersonSessionPolicy policy_;
};

}  // namespace postern
