// Passwords, set-password links and sessions of users.
#include "base/ascii.h"
#include "store/sqlite/account_rows.h"
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

Result<std::optional<FoundUserLink>> read_link(Connection& db, const KeyHash& hash, WallTime now) {
  Query q = db.query("SELECT user_id, kind, created_at, expires_at, ended FROM user_links WHERE hash = ?1");
  q.bind_blob(sqlite::blob_view(hash));
  if (!TRY(q.step())) return std::optional<FoundUserLink>();
  FoundUserLink found;
  found.link = {.hash = hash,
                .user = {q.integer(0)},
                .kind = static_cast<UserLinkKind>(q.integer(1)),
                .created_at = sqlite::time_at(q, 2),
                .expires_at = sqlite::time_at(q, 3)};
  if (!q.is_null(4)) {
    found.state = static_cast<UserLinkState>(q.integer(4));
  } else if (found.link.expires_at <= now) {
    found.state = UserLinkState::expired;
  }
  return std::optional(found);
}

Result<void> put_password(Connection& db, UserId id, const std::string& hash) {
  Query q = db.query("UPDATE users SET password_hash = ?1 WHERE id = ?2");
  q.bind(hash).bind(id.value);
  TRY(q.run());
  if (sqlite3_changes(db.handle()) == 0) return no_user();
  Query links = db.query("UPDATE user_links SET ended = ?1 WHERE user_id = ?2 AND ended IS NULL");
  links.bind(static_cast<std::int64_t>(UserLinkState::replaced)).bind(id.value);
  TRY(links.run());
  Query sessions = db.query("DELETE FROM user_sessions WHERE user_id = ?1");
  sessions.bind(id.value);
  return sessions.run();
}

// Of the table `user_sessions s`, from the column `first` on, the hash left out.
UserSession read_session(const Query& row, const KeyHash& hash, int first) {
  return {.hash = hash,
          .user = {row.integer(first)},
          .created_at = sqlite::time_at(row, first + 1),
          .last_seen_at = sqlite::time_at(row, first + 2),
          .expires_at = sqlite::time_at(row, first + 3)};
}

// The user that a link or session is for may have been removed meanwhile.
Result<void> inserted(Query& q) {
  Result<void> done = q.run();
  if (!done && done.error().code == Errc::conflict) return no_user();
  return done;
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

Result<void> SqliteStore::set_user_password(UserId id, const std::string& hash) {
  return write(false, [&](Connection& db) { return put_password(db, id, hash); });
}

Result<void> SqliteStore::add_user_link(const UserLink& link) {
  return write(false, [&](Connection& db) -> Result<void> {
    Query q = db.query("INSERT INTO user_links(hash, user_id, kind, created_at, expires_at) VALUES(?,?,?,?,?)");
    q.bind_blob(sqlite::blob_view(link.hash)).bind(link.user.value).bind(static_cast<std::int64_t>(link.kind));
    q.bind(sqlite::number_of(link.created_at)).bind(sqlite::number_of(link.expires_at));
    TRY(inserted(q));
    Query surplus = db.query(
        "UPDATE user_links SET ended = ?1 WHERE hash IN (SELECT hash FROM user_links WHERE user_id = ?2"
        " AND ended IS NULL ORDER BY created_at DESC LIMIT -1 OFFSET ?3)");
    surplus.bind(static_cast<std::int64_t>(UserLinkState::replaced)).bind(link.user.value);
    surplus.bind(static_cast<std::int64_t>(kLinksPerUser));
    return surplus.run();
  });
}

Result<std::optional<FoundUserLink>> SqliteStore::find_user_link(const KeyHash& hash, WallTime now) {
  return read([&](Connection& db) { return read_link(db, hash, now); });
}

Result<UserId> SqliteStore::redeem_user_link(const KeyHash& hash, WallTime now, const std::string& password_hash) {
  return write(false, [&](Connection& db) -> Result<UserId> {
    const std::optional<FoundUserLink> found = TRY(read_link(db, hash, now));
    if (!found || found->state != UserLinkState::usable) {
      return Error{Errc::not_found, "This link does not work any more. Ask for a new one.", ""};
    }
    Query q = db.query("UPDATE user_links SET ended = ?1 WHERE hash = ?2");
    q.bind(static_cast<std::int64_t>(UserLinkState::used)).bind_blob(sqlite::blob_view(hash));
    TRY(q.run());
    TRY(put_password(db, found->link.user, password_hash));
    return found->link.user;
  });
}

Result<void> SqliteStore::add_user_session(const UserSession& session) {
  return write(false, [&](Connection& db) -> Result<void> {
    Query q =
        db.query("INSERT INTO user_sessions(hash, user_id, created_at, last_seen_at, expires_at) VALUES(?,?,?,?,?)");
    q.bind_blob(sqlite::blob_view(session.hash)).bind(session.user.value).bind(sqlite::number_of(session.created_at));
    q.bind(sqlite::number_of(session.last_seen_at)).bind(sqlite::number_of(session.expires_at));
    TRY(inserted(q));
    Query surplus = db.query(
        "DELETE FROM user_sessions WHERE hash IN (SELECT hash FROM user_sessions WHERE user_id = ?1"
        " ORDER BY last_seen_at DESC LIMIT -1 OFFSET ?2)");
    surplus.bind(session.user.value).bind(static_cast<std::int64_t>(kSessionsPerUser));
    return surplus.run();
  });
}

Result<std::optional<UserSession>> SqliteStore::find_user_session(const KeyHash& hash) {
  return read([&](Connection& db) -> Result<std::optional<UserSession>> {
    Query q = db.query("SELECT user_id, created_at, last_seen_at, expires_at FROM user_sessions WHERE hash = ?1");
    q.bind_blob(sqlite::blob_view(hash));
    if (!TRY(q.step())) return std::optional<UserSession>();
    return std::optional(read_session(q, hash, 0));
  });
}

Result<void> SqliteStore::touch_user_session(const KeyHash& hash, WallTime at) {
  return write(false, [&](Connection& db) -> Result<void> {
    Query q = db.query("UPDATE user_sessions SET last_seen_at = ?1 WHERE hash = ?2");
    q.bind(sqlite::number_of(at)).bind_blob(sqlite::blob_view(hash));
    return q.run();
  });
}

Result<void> SqliteStore::remove_user_session(const KeyHash& hash) {
  return write(false, [&](Connection& db) -> Result<void> {
    Query q = db.query("DELETE FROM user_sessions WHERE hash = ?1");
    q.bind_blob(sqlite::blob_view(hash));
    return q.run();
  });
}

Result<std::size_t> SqliteStore::remove_user_sessions(UserId user) {
  return write(false, [&](Connection& db) -> Result<std::size_t> {
    Query q = db.query("DELETE FROM user_sessions WHERE user_id = ?1");
    q.bind(user.value);
    TRY(q.run());
    return static_cast<std::size_t>(sqlite3_changes(db.handle()));
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
    q.bind_blob(sqlite::blob_view(session)).bind(slug).bind(static_cast<std::int64_t>(kind));
    if (!TRY(q.step())) return std::optional<SpaceAccess>();
    const int session_at = sqlite::kUserColumnCount;
    const int space_at = session_at + 4;
    SpaceAccess access{.session = read_session(q, session, session_at), .user = sqlite::read_user(q)};
    access.space_exists = !q.is_null(space_at);
    if (!q.is_null(space_at + 1)) {
      access.membership = Membership{{q.integer(space_at)},
                                     static_cast<Role>(q.integer(space_at + 1)),
                                     static_cast<MembershipStatus>(q.integer(space_at + 2))};
    }
    return std::optional(std::move(access));
  });
}

Result<void> SqliteStore::forget_expired_people(WallTime now, WallTime seen_since, WallTime links_since) {
  return write(false, [&](Connection& db) -> Result<void> {
    Query sessions = db.query("DELETE FROM user_sessions WHERE expires_at <= ?1 OR last_seen_at < ?2");
    sessions.bind(sqlite::number_of(now)).bind(sqlite::number_of(seen_since));
    TRY(sessions.run());
    Query links = db.query("DELETE FROM user_links WHERE expires_at < ?1");
    links.bind(sqlite::number_of(links_since));
    return links.run();
  });
}

}  // namespace postern
