// What is kept about the people who operate Postern besides Admin itself: how they prove who they are, and what they
// have done. No secret is in it: secrets are kept as keyed hashes (crypto/account_secrets.h).
#pragma once

#include "model/admin.h"
#include "model/webhook.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postern {

// first: makes the first owner; there is at most one such link, and it works as long as there is no admin.
// invite: a new admin sets a password. reset: an admin sets another one.
enum class LinkKind { first, invite, reset };

// A link that works once.
struct OneTimeLink {
  KeyHash hash{};
  LinkKind kind = LinkKind::first;
  AdminId admin;  // 0 for `first`.
  WallTime created_at{};
  std::optional<WallTime> expires_at;
  bool operator==(const OneTimeLink&) const = default;
};

// How long the link of an invitation or a reset works. Source: OWASP ASVS 5.0, 6.4.1.
constexpr std::chrono::minutes kLinkLifetime{60};

struct Session {
  std::string id;  // Shown to people; its secret cannot be told from it.
  KeyHash hash{};  // Of the secret in the cookie.
  AdminId admin;
  bool totp_due = false;  // The password was right, the second factor is still to come.
  WallTime created_at{};
  WallTime last_seen_at{};
  WallTime expires_at{};
  std::string ip;
  std::string user_agent;
  bool operator==(const Session&) const = default;
};

// For programs that use the admin API.
struct ApiToken {
  TokenId id;
  std::string name;
  KeyHash hash{};
  Permission permission = Permission::view;  // The highest; never `own`.
  AdminId created_by;                        // It may never do more than this admin.
  WallTime created_at{};
  std::optional<WallTime> expires_at;
  std::optional<WallTime> last_used_at;
  bool operator==(const ApiToken&) const = default;
};

// One line of the audit log. Lines are numbered from 1 without a gap; each hash covers the hash of the line before, so
// that a line that was changed or taken out is noticed.
struct AuditRow {
  std::int64_t id = 0;
  WallTime at{};
  std::string actor;   // An admin's e-mail, "token <name>", "command line"; empty: nobody that is known.
  std::string ip;      // Empty: not over the network.
  std::string action;  // "webhook.add"
  std::string target;  // "webhook 3"
  std::string before;  // JSON; empty: nothing.
  std::string after;
  KeyHash hash{};
  bool operator==(const AuditRow&) const = default;
};

std::string_view to_word(LinkKind kind);

}  // namespace postern
