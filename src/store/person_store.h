// The part of the store port that lets users log in: passwords, set-password links, sessions, and what a session may
// see.
#pragma once

#include "base/result.h"
#include "model/person.h"

#include <optional>
#include <string>
#include <string_view>

namespace postern {

struct FoundUserLink {
  UserLink link;
  UserLinkState state = UserLinkState::usable;
};

// A session and what it has to do with one space, as of one moment.
struct SpaceAccess {
  UserSession session;
  User user;
  bool space_exists = false;
  std::optional<Membership> membership;
};

// Any thread. Each function is one transaction. When a user is removed, links and sessions go too.
// Errors of all: unavailable, internal; others as named.
class PersonStore {
 public:
  virtual ~PersonStore() = default;

  // By e-mail address or, if it is nobody's address, by login; ASCII case ignored.
  virtual Result<std::optional<Credentials>> find_credentials(std::string_view name) = 0;
  virtual Result<std::optional<Credentials>> credentials_of(UserId id) = 0;
  // All links of the user become `replaced`, all sessions end. Errors: not_found.
  virtual Result<void> set_user_password(UserId id, const std::string& hash) = 0;

  // At most kLinksPerUser stay usable, so that a mail that was sent twice works either way; the oldest become
  // `replaced`. Errors: not_found (the user).
  static constexpr std::size_t kLinksPerUser = 5;
  virtual Result<void> add_user_link(const UserLink& link) = 0;
  // Nothing: there never was such a link, its user is gone, or it has been forgotten.
  virtual Result<std::optional<FoundUserLink>> find_user_link(const KeyHash& hash, WallTime now) = 0;
  // Uses the link up and does as set_user_password(). Errors: not_found (it is not usable).
  virtual Result<UserId> redeem_user_link(const KeyHash& hash, WallTime now, const std::string& password_hash) = 0;

  // At most kSessionsPerUser are kept; the ones that were seen least recently go. Errors: not_found (the user).
  static constexpr std::size_t kSessionsPerUser = 20;
  virtual Result<void> add_user_session(const UserSession& session) = 0;
  virtual Result<std::optional<UserSession>> find_user_session(const KeyHash& hash) = 0;
  virtual Result<void> touch_user_session(const KeyHash& hash, WallTime at) = 0;
  // Nothing happens if there is none.
  virtual Result<void> remove_user_session(const KeyHash& hash) = 0;
  // Returns how many there were.
  virtual Result<std::size_t> remove_user_sessions(UserId user) = 0;
  // Everything that an access check needs, in one read. Nothing: there is no such session.
  virtual Result<std::optional<SpaceAccess>> find_access(const KeyHash& session, SpaceKind kind,
                                                         std::string_view slug) = 0;

  // Deletes sessions that have expired or were last seen before `seen_since`, and links that expired before
  // `links_since`: until then it is known why they do not work.
  virtual Result<void> forget_expired_people(WallTime now, WallTime seen_since, WallTime links_since) = 0;
};

}  // namespace postern
