// How a user proves who they are on the pages for people. No secret is in it: secrets are kept as keyed hashes
// (crypto/person_secrets.h), passwords as hashes (crypto/password.h).
#pragma once

#include "model/space.h"
#include "model/user.h"
#include "model/webhook.h"

#include <chrono>
#include <optional>
#include <string>

namespace postern {

// set: a new user chooses the first password. reset: a user has forgotten it.
enum class UserLinkKind { set, reset };

// Lets its holder set the user's password, once.
struct UserLink {
  KeyHash hash{};
  UserId user;
  UserLinkKind kind = UserLinkKind::set;
  WallTime created_at{};
  WallTime expires_at{};
  bool operator==(const UserLink&) const = default;
};

// replaced: the password has been set or changed by other means since, or newer links have taken its place.
enum class UserLinkState { usable, used, expired, replaced };

struct UserSession {
  KeyHash hash{};  // Of the secret in the cookie.
  UserId user;
  WallTime created_at{};
  WallTime last_seen_at{};
  WallTime expires_at{};
  bool operator==(const UserSession&) const = default;
};

struct Credentials {
  User user;
  std::string password_hash;  // Empty: nobody knows a password, so none is accepted.
  bool operator==(const Credentials&) const = default;
};

}  // namespace postern
