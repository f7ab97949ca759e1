// The part of the store port that knows the people who operate Postern, their sessions and tokens, and the audit log.
#pragma once

#include "base/result.h"
#include "model/account.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

struct AdminRecord {
  Admin admin;
  std::string password_hash;  // Empty: no password yet (`admin.pending`).
  std::string totp_sealed;    // Empty: none. Asked for only if `admin.totp`; until then it waits to be confirmed.
  bool operator==(const AdminRecord&) const = default;
};

// What is empty stays as it is.
struct AdminChange {
  std::optional<std::string> name;
  std::optional<AdminRole> role;
  std::optional<bool> disabled;
};

// What somebody enters who opens a one-time link. `email`, `email_key` and `name` count for the first admin only.
struct Redemption {
  std::string password_hash;
  std::string email;
  std::string email_key;  // See identity/email.h.
  std::string name;
};

struct AuditQuery {
  std::string action;                  // Empty: all.
  std::string actor;                   // Empty: all.
  std::optional<std::int64_t> before;  // Only older ones: the next page.
  std::optional<std::int64_t> after;   // Only newer ones, oldest first: following the chain.
  std::size_t limit = 50;
};

// The hash of a row, given that of the row before (zeros for the first).
using AuditSeal = std::function<KeyHash(const KeyHash& previous, const AuditRow& row)>;

// A reply that is remembered under an Idempotency-Key.
struct RememberedReply {
  KeyHash key{};       // Of principal, route and Idempotency-Key.
  KeyHash request{};   // Of the body.
  std::string sealed;  // The reply; empty: the first request is still being worked on.
  WallTime at{};
  bool operator==(const RememberedReply&) const = default;
};

// Any thread. Each function is one transaction.
// Errors of all: unavailable, internal; others as named.
class AccountStore {
 public:
  virtual ~AccountStore() = default;

  // By id.
  virtual Result<std::vector<AdminRecord>> admins() = 0;
  virtual Result<std::optional<AdminRecord>> find_admin(AdminId id) = 0;
  virtual Result<std::optional<AdminRecord>> find_admin_by_email(std::string_view email_key) = 0;
  // Writes e-mail, name, role and time; the new admin has no password yet. Errors: conflict (the e-mail is taken).
  virtual Result<AdminId> add_admin(const Admin& admin, const std::string& email_key) = 0;
  // Disabling ends sessions and links. Errors: not_found; conflict: nobody would be left who is an owner, not disabled
  // and has a password.
  virtual Result<void> change_admin(AdminId id, const AdminChange& change) = 0;
  // Takes sessions, tokens and links along. Errors: not_found, conflict (as above).
  virtual Result<void> remove_admin(AdminId id) = 0;
  // Ends all sessions, tokens and links of the admin. Errors: not_found.
  virtual Result<void> set_password(AdminId id, const std::string& hash) = 0;
  virtual Result<void> record_login(AdminId id, WallTime at) = 0;

  // A second factor that is not asked for before it has been confirmed. Errors: not_found, conflict (one is in use).
  virtual Result<void> prepare_totp(AdminId id, const std::string& sealed) = 0;
  // From now on it is asked for. `step` counts as used. Errors: conflict (none is prepared).
  virtual Result<void> confirm_totp(AdminId id, std::int64_t step, const std::vector<KeyHash>& recovery_codes) = 0;
  // Recovery codes too. Errors: not_found.
  virtual Result<void> remove_totp(AdminId id) = 0;
  // False: this step or a later one has been used already.
  virtual Result<bool> use_totp_step(AdminId id, std::int64_t step) = 0;
  // False: there is no such code (any more).
  virtual Result<bool> use_recovery_code(AdminId id, const KeyHash& code) = 0;

  // Replaces older links of the same admin, or the older first link.
  virtual Result<void> add_link(const OneTimeLink& link) = 0;
  // Nothing: unknown, used, expired, its admin is disabled, or it is a `first` and there is an admin.
  virtual Result<std::optional<OneTimeLink>> find_link(const KeyHash& hash, WallTime now) = 0;
  // Uses the link up: makes the first owner, or does as set_password(). Errors: not_found (as find_link), conflict.
  virtual Result<AdminId> redeem_link(const KeyHash& hash, WallTime now, const Redemption& redemption) = 0;

  // At most kSessionsPerAdmin are kept; the ones that were seen least recently go.
  static constexpr std::size_t kSessionsPerAdmin = 50;
  virtual Result<void> add_session(const Session& session) = 0;
  virtual Result<std::optional<Session>> find_session(const KeyHash& hash) = 0;
  // Newest first.
  virtual Result<std::vector<Session>> sessions(AdminId admin) = 0;
  virtual Result<void> touch_session(const std::string& id, WallTime at) = 0;
  // Errors: not_found.
  virtual Result<void> remove_session(AdminId admin, const std::string& id) = 0;
  virtual Result<void> remove_sessions(AdminId admin) = 0;

  virtual Result<TokenId> add_token(const ApiToken& token) = 0;
  virtual Result<std::vector<ApiToken>> tokens() = 0;  // By id.
  virtual Result<std::optional<ApiToken>> find_token(const KeyHash& hash) = 0;
  virtual Result<void> touch_token(TokenId id, WallTime at) = 0;
  // Errors: not_found.
  virtual Result<void> remove_token(TokenId id) = 0;

  // Numbers the row, seals it and appends it. Rows cannot be changed or removed. Returns its number.
  virtual Result<std::int64_t> append_audit(AuditRow row, const AuditSeal& seal) = 0;
  // Newest first; oldest first when `after` is given.
  virtual Result<std::vector<AuditRow>> audit(const AuditQuery& query) = 0;
  // The greatest number that was ever given to a row, 0 if there was none.
  virtual Result<std::int64_t> last_audit_id() = 0;

  // Claims the key for a first request: returns nothing if it was free, else what is remembered. What is older than
  // `since`, or not finished and older than `unfinished_since`, is forgotten.
  virtual Result<std::optional<RememberedReply>> claim_reply(const RememberedReply& claim, WallTime since,
                                                             WallTime unfinished_since) = 0;
  virtual Result<void> finish_reply(const KeyHash& key, const std::string& sealed) = 0;
  virtual Result<void> forget_reply(const KeyHash& key) = 0;

  // Deletes sessions that have expired or were last seen before `seen_since`, links that have expired, and replies
  // older than `replies_since`.
  virtual Result<void> forget_expired(WallTime now, WallTime seen_since, WallTime replies_since) = 0;
};

}  // namespace postern
