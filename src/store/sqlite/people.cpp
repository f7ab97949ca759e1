// Passwords of users, and what their sessions may see.
#include "base/ascii.h"
#include "store/sql/rows.h"
#include "store/sqlite/store_parts.h"
#include "store/sqlite/user_rows.h"

namespace postern {

using sqlite::Connection;
using sqlite::Query;

namespace {

Error no_user() {
  return {Errc::not_found, "There is no such user.", ""};
}

Result<std::optional<Credentials>> read_credentials(Query& q) {
  if (!TRY(q.step())) return std::optional<Credentials>();
  return std::optional(Credentials{sqlite::read_user(q), std::string(q.text(sqlite::kUserColumnCount))});
}

}  // namespace

Result<std::optional<Credentials>> SqliteStore::find_credentials(std::string_view name) {
  static const std::string by_email =
      "SELECT " + sqlite::kUserColumns + ", u.password_hash FROM users u WHERE email_key = ?1";
  static const std::string by_login =
      "SELECT " + sqlite::kUserColumns + ", u.password_hash FROM users u WHERE login = ?1";
  return read([&](Connection& db) -> Result<std::optional<Credentials>> {
    const std::string key = ascii_lower(name);
    Query email = db.query(by_email.c_str());
    email.bind(key);
    if (std::optional<Credentials> found = TRY(read_credentials(email))) return found;
    Query login = db.query(by_login.c_str());
    login.bind(key);
    return read_credentials(login);
  });
}

Result<std::optional<Credentials>> SqliteStore::credentials_of(UserId id) {
  static const std::string sql = "SELECT " + sqlite::kUserColumns + ", u.password_hash FROM users u WHERE id = ?1";
  return read([&](Connection& db) -> Result<std::optional<Credentials>> {
    Query q = db.query(sql.c_str());
    q.bind(id.value);
    return read_credentials(q);
  });
}

Result<std::optional<SpaceAccess>> SqliteStore::find_access(const KeyHash& session, SpaceKind kind,
                                                            std::string_view slug) {
  static const std::string sql =
      "SELECT " + sqlite::kUserColumns +
      ", s.user_id, s.created_at, s.last_seen_at, s.expires_at, p.id, m.role, m.status FROM user_sessions s"
      " JOIN users u ON u.id = s.user_id LEFT JOIN spaces p ON p.slug = ?2 AND p.kind = ?3"
      " LEFT JOIN memberships m ON m.user_id = s.user_id AND m.space_id = p.id WHERE s.hash = ?1";
  return read([&](Connection& db) -> Result<std::optional<SpaceAccess>> {
    Query q = db.query(sql.c_str());
    q.bind_blob(sql::blob_view(session)).bind(slug).bind(static_cast<std::int64_t>(kind));
    if (!TRY(q.step())) return std::optional<SpaceAccess>();
    const int session_at = sqlite::kUserColumnCount;
    const int space_at = session_at + 4;
    SpaceAccess access{.session = sql::user_session_at(q, session, session_at), .user = sqlite::read_user(q)};
    access.space_exists = !q.is_null(space_at);
    if (!q.is_null(space_at + 1)) {
      access.membership = Membership{{q.integer(space_at)},
                                     static_cast<Role>(q.integer(space_at + 1)),
                                     static_cast<MembershipStatus>(q.integer(space_at + 2))};
    }
    return std::optional(std::move(access));
  });
}

Result<bool> SqliteStore::user_exists(sql::Connection& db, UserId id) {
  sql::Query q = db.query("SELECT 1 FROM users WHERE id = ?1");
  q.bind(id.value);
  return q.step();
}

Result<void> SqliteStore::write_user_password(sql::Connection& db, UserId id, const std::string& hash) {
  sql::Query q = db.query("UPDATE users SET password_hash = ?1 WHERE id = ?2");
  q.bind(hash).bind(id.value);
  TRY(q.run());
  if (db.changes() == 0) return no_user();
  return {};
}

}  // namespace postern
