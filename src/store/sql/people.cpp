// Set-password links and sessions of users.
#include "store/sql/outbox_rows.h"
#include "store/sql/own_tables.h"
#include "store/sql/rows.h"

namespace postern::sql {
namespace {

Error no_user() {
  return {Errc::not_found, "There is no such user.", ""};
}

std::int64_t number(UserLinkState state) {
  return static_cast<std::int64_t>(state);
}

Result<std::optional<FoundUserLink>> read_link(Connection& db, const KeyHash& hash, WallTime now) {
  Query q = db.query("SELECT user_id, kind, created_at, expires_at, ended FROM {user_links} WHERE hash = ?1");
  q.bind_blob(blob_view(hash));
  if (!TRY(q.step())) return std::optional<FoundUserLink>();
  FoundUserLink found;
  found.link = {.hash = hash,
                .user = {q.integer(0)},
                .kind = static_cast<UserLinkKind>(q.integer(1)),
                .created_at = time_at(q, 2),
                .expires_at = time_at(q, 3)};
  if (!q.is_null(4)) {
    found.state = static_cast<UserLinkState>(q.integer(4));
  } else if (found.link.expires_at <= now) {
    found.state = UserLinkState::expired;
  }
  return std::optional(found);
}

Result<std::optional<UserSession>> read_session(Connection& db, const KeyHash& hash) {
  Query q = db.query("SELECT user_id, created_at, last_seen_at, expires_at FROM {user_sessions} WHERE hash = ?1");
  q.bind_blob(blob_view(hash));
  if (!TRY(q.step())) return std::optional<UserSession>();
  return std::optional(user_session_at(q, hash, 0));
}

// After a new password: nothing that was handed out before opens anything.
Result<void> end_access(Connection& db, UserId id) {
  Query links = db.query("UPDATE {user_links} SET ended = ?1 WHERE user_id = ?2 AND ended IS NULL");
  links.bind(number(UserLinkState::replaced)).bind(id.value);
  TRY(links.run());
  Query sessions = db.query("DELETE FROM {user_sessions} WHERE user_id = ?1");
  sessions.bind(id.value);
  return sessions.run();
}

}  // namespace

Result<void> OwnTables::put_user_password(Connection& db, UserId id, const std::string& hash) {
  TRY(write_user_password(db, id, hash));
  return end_access(db, id);
}

Result<void> OwnTables::set_user_password(UserId id, const std::string& hash) {
  return write([&](Connection& db) -> Result<void> {
    TRY(db.lock(Lock::people));
    return put_user_password(db, id, hash);
  });
}

Result<void> OwnTables::add_user_link(const UserLink& link) {
  return write([&](Connection& db) -> Result<void> {
    TRY(db.lock(Lock::people));
    if (!TRY(user_exists(db, link.user))) return no_user();
    Query q = db.query("INSERT INTO {user_links}(hash, user_id, kind, created_at, expires_at) VALUES(?, ?, ?, ?, ?)");
    q.bind_blob(blob_view(link.hash)).bind(link.user.value).bind(static_cast<std::int64_t>(link.kind));
    q.bind(number_of(link.created_at)).bind(number_of(link.expires_at));
    TRY(q.run());
    Query surplus = db.query(
        "SELECT hash FROM {user_links} WHERE user_id = ?1 AND ended IS NULL ORDER BY created_at DESC"
        " LIMIT ?2 OFFSET ?3");
    surplus.bind(link.user.value).bind(kMostSurplus).bind(static_cast<std::int64_t>(kLinksPerUser));
    Query end = db.query("UPDATE {user_links} SET ended = ?1 WHERE hash = ?2");
    return for_each_first(surplus, [&](std::string_view hash) {
      return end.bind(number(UserLinkState::replaced)).bind_blob(hash).run();
    });
  });
}

Result<std::optional<FoundUserLink>> OwnTables::find_user_link(const KeyHash& hash, WallTime now) {
  return read([&](Connection& db) -> Result<std::optional<FoundUserLink>> {
    std::optional<FoundUserLink> found = TRY(read_link(db, hash, now));
    // Where others remove users too, the link stays behind.
    if (found && !TRY(user_exists(db, found->link.user))) found.reset();
    return found;
  });
}

Result<UserId> OwnTables::redeem_user_link(const KeyHash& hash, WallTime now, const std::string& password_hash) {
  return write([&](Connection& db) -> Result<UserId> {
    TRY(db.lock(Lock::people));
    const std::optional<FoundUserLink> found = TRY(read_link(db, hash, now));
    if (!found || found->state != UserLinkState::usable) {
      return Error{Errc::not_found, "This link does not work any more. Ask for a new one.", ""};
    }
    Query q = db.query("UPDATE {user_links} SET ended = ?1 WHERE hash = ?2");
    q.bind(number(UserLinkState::used)).bind_blob(blob_view(hash));
    TRY(q.run());
    TRY(put_user_password(db, found->link.user, password_hash));
    return found->link.user;
  });
}

Result<void> OwnTables::add_user_session(const UserSession& session) {
  return write([&](Connection& db) -> Result<void> {
    TRY(db.lock(Lock::people));
    if (!TRY(user_exists(db, session.user))) return no_user();
    Query q = db.query(
        "INSERT INTO {user_sessions}(hash, user_id, created_at, last_seen_at, expires_at) VALUES(?, ?, ?, ?, ?)");
    q.bind_blob(blob_view(session.hash)).bind(session.user.value).bind(number_of(session.created_at));
    q.bind(number_of(session.last_seen_at)).bind(number_of(session.expires_at));
    TRY(q.run());
    Query surplus =
        db.query("SELECT hash FROM {user_sessions} WHERE user_id = ?1 ORDER BY last_seen_at DESC LIMIT ?2 OFFSET ?3");
    surplus.bind(session.user.value).bind(kMostSurplus).bind(static_cast<std::int64_t>(kSessionsPerUser));
    Query end = db.query("DELETE FROM {user_sessions} WHERE hash = ?1");
    return for_each_first(surplus, [&](std::string_view hash) { return end.bind_blob(hash).run(); });
  });
}

Result<std::optional<UserSession>> OwnTables::find_user_session(const KeyHash& hash) {
  return read([&](Connection& db) -> Result<std::optional<UserSession>> {
    std::optional<UserSession> found = TRY(read_session(db, hash));
    if (found && !TRY(user_exists(db, found->user))) found.reset();
    return found;
  });
}

Result<void> OwnTables::touch_user_session(const KeyHash& hash, WallTime at) {
  return write([&](Connection& db) -> Result<void> {
    Query q = db.query("UPDATE {user_sessions} SET last_seen_at = ?1 WHERE hash = ?2");
    q.bind(number_of(at)).bind_blob(blob_view(hash));
    return q.run();
  });
}

Result<void> OwnTables::remove_user_session(const KeyHash& hash) {
  return write([&](Connection& db) -> Result<void> {
    Query q = db.query("DELETE FROM {user_sessions} WHERE hash = ?1");
    q.bind_blob(blob_view(hash));
    return q.run();
  });
}

Result<std::size_t> OwnTables::remove_user_sessions(UserId user) {
  return write([&](Connection& db) -> Result<std::size_t> {
    Query q = db.query("DELETE FROM {user_sessions} WHERE user_id = ?1");
    q.bind(user.value);
    TRY(q.run());
    return static_cast<std::size_t>(db.changes());
  });
}

Result<void> OwnTables::forget_expired_people(WallTime now, WallTime seen_since, WallTime links_since) {
  return write([&](Connection& db) -> Result<void> {
    Query sessions = db.query("DELETE FROM {user_sessions} WHERE expires_at <= ?1 OR last_seen_at < ?2");
    sessions.bind(number_of(now)).bind(number_of(seen_since));
    TRY(sessions.run());
    Query links = db.query("DELETE FROM {user_links} WHERE expires_at < ?1");
    links.bind(number_of(links_since));
    return links.run();
  });
}

Result<void> OwnTables::remove_user_rows(Connection& db, UserId id) {
  for (const char* text :
       {"DELETE FROM {user_links} WHERE user_id = ?1", "DELETE FROM {user_sessions} WHERE user_id = ?1"}) {
    Query q = db.query(text);
    q.bind(id.value);
    TRY(q.run());
  }
  Query q = db.query("SELECT id FROM {outbox} WHERE user_id = ?1");
  q.bind(id.value);
  const std::vector<std::int64_t> effects = TRY(numbers_of(q));
  TRY(remove_effects(db, effects));
  return {};
}

}  // namespace postern::sql
