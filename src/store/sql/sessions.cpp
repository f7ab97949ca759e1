// Sessions, API tokens and remembered replies.
#include "store/sql/account_rows.h"
#include "store/sql/own_tables.h"

namespace postern::sql {
namespace {

const std::string kSessionColumns =
    "id, hash, admin_id, totp_due, created_at, last_seen_at, expires_at, ip, user_agent";
const std::string kTokenColumns = "id, name, hash, permission, created_by, created_at, expires_at, last_used_at";

Session read_session(const Query& row) {
  Session session;
  session.id = row.text(0);
  session.hash = hash_at(row, 1);
  session.admin.value = row.integer(2);
  session.totp_due = row.integer(3) != 0;
  session.created_at = time_at(row, 4);
  session.last_seen_at = time_at(row, 5);
  session.expires_at = time_at(row, 6);
  session.ip = row.text(7);
  session.user_agent = row.text(8);
  return session;
}

ApiToken read_token(const Query& row) {
  ApiToken token;
  token.id.value = row.integer(0);
  token.name = row.text(1);
  token.hash = hash_at(row, 2);
  token.permission = static_cast<Permission>(row.integer(3));
  token.created_by.value = row.integer(4);
  token.created_at = time_at(row, 5);
  token.expires_at = time_or_null(row, 6);
  token.last_used_at = time_or_null(row, 7);
  return token;
}

Result<std::optional<RememberedReply>> read_reply(Connection& db, const KeyHash& key) {
  Query q = db.query("SELECT request, sealed, at FROM {remembered_replies} WHERE \"key\" = ?1");
  q.bind_blob(blob_view(key));
  if (!TRY(q.step())) return std::optional<RememberedReply>();
  return std::optional(RememberedReply{key, hash_at(q, 0), std::string(q.text(1)), time_at(q, 2)});
}

}  // namespace

Result<void> OwnTables::add_session(const Session& session) {
  return write([&](Connection& db) -> Result<void> {
    TRY(lock_admin(db, session.admin));
    Query q = db.query(
        "INSERT INTO {sessions}(id, hash, admin_id, totp_due, created_at, last_seen_at, expires_at, ip, user_agent)"
        " VALUES(?,?,?,?,?,?,?,?,?)");
    q.bind(session.id).bind_blob(blob_view(session.hash)).bind(session.admin.value);
    q.bind(session.totp_due ? 1 : 0).bind(number_of(session.created_at));
    q.bind(number_of(session.last_seen_at)).bind(number_of(session.expires_at));
    q.bind(session.ip).bind(session.user_agent);
    TRY(q.run());
    Query surplus =
        db.query("SELECT id FROM {sessions} WHERE admin_id = ?1 ORDER BY last_seen_at DESC LIMIT ?2 OFFSET ?3");
    surplus.bind(session.admin.value).bind(kMostSurplus).bind(static_cast<std::int64_t>(kSessionsPerAdmin));
    Query gone = db.query("DELETE FROM {sessions} WHERE id = ?1");
    return for_each_first(surplus, [&](std::string_view id) { return gone.bind(id).run(); });
  });
}

Result<std::optional<Session>> OwnTables::find_session(const KeyHash& hash) {
  static const std::string sql = "SELECT " + kSessionColumns + " FROM {sessions} WHERE hash = ?1";
  return read([&](Connection& db) -> Result<std::optional<Session>> {
    Query q = db.query(sql.c_str());
    q.bind_blob(blob_view(hash));
    if (!TRY(q.step())) return std::optional<Session>();
    return std::optional(read_session(q));
  });
}

Result<std::vector<Session>> OwnTables::sessions(AdminId admin) {
  static const std::string sql =
      "SELECT " + kSessionColumns + " FROM {sessions} WHERE admin_id = ?1 ORDER BY created_at DESC, id";
  return read([&](Connection& db) -> Result<std::vector<Session>> {
    Query q = db.query(sql.c_str());
    q.bind(admin.value);
    std::vector<Session> out;
    while (TRY(q.step())) out.push_back(read_session(q));
    return out;
  });
}

Result<void> OwnTables::touch_session(const std::string& id, WallTime at) {
  return write([&](Connection& db) -> Result<void> {
    Query q = db.query("UPDATE {sessions} SET last_seen_at = ?1 WHERE id = ?2");
    q.bind(number_of(at)).bind(id);
    return q.run();
  });
}

Result<void> OwnTables::remove_session(AdminId admin, const std::string& id) {
  return write([&](Connection& db) -> Result<void> {
    Query q = db.query("DELETE FROM {sessions} WHERE admin_id = ?1 AND id = ?2");
    q.bind(admin.value).bind(id);
    TRY(q.run());
    if (db.changes() == 0) return Error{Errc::not_found, "There is no such session.", ""};
    return {};
  });
}

Result<void> OwnTables::remove_sessions(AdminId admin) {
  return write([&](Connection& db) -> Result<void> {
    Query q = db.query("DELETE FROM {sessions} WHERE admin_id = ?1");
    q.bind(admin.value);
    return q.run();
  });
}

Result<TokenId> OwnTables::add_token(const ApiToken& token) {
  return write([&](Connection& db) -> Result<TokenId> {
    TRY(lock_admin(db, token.created_by));
    Query q = db.query(
        "INSERT INTO {api_tokens}(name, hash, permission, created_by, created_at, expires_at) VALUES(?,?,?,?,?,?)");
    q.bind(token.name).bind_blob(blob_view(token.hash)).bind(static_cast<std::int64_t>(token.permission));
    q.bind(token.created_by.value).bind(number_of(token.created_at));
    bind_time(q, token.expires_at);
    TRY(q.run());
    return TokenId{db.last_id()};
  });
}

Result<std::vector<ApiToken>> OwnTables::tokens() {
  static const std::string sql = "SELECT " + kTokenColumns + " FROM {api_tokens} ORDER BY id";
  return read([](Connection& db) -> Result<std::vector<ApiToken>> {
    Query q = db.query(sql.c_str());
    std::vector<ApiToken> out;
    while (TRY(q.step())) out.push_back(read_token(q));
    return out;
  });
}

Result<std::optional<ApiToken>> OwnTables::find_token(const KeyHash& hash) {
  static const std::string sql = "SELECT " + kTokenColumns + " FROM {api_tokens} WHERE hash = ?1";
  return read([&](Connection& db) -> Result<std::optional<ApiToken>> {
    Query q = db.query(sql.c_str());
    q.bind_blob(blob_view(hash));
    if (!TRY(q.step())) return std::optional<ApiToken>();
    return std::optional(read_token(q));
  });
}

Result<void> OwnTables::touch_token(TokenId id, WallTime at) {
  return write([&](Connection& db) -> Result<void> {
    Query q = db.query("UPDATE {api_tokens} SET last_used_at = ?1 WHERE id = ?2");
    q.bind(number_of(at)).bind(id.value);
    return q.run();
  });
}

Result<void> OwnTables::remove_token(TokenId id) {
  return write([&](Connection& db) -> Result<void> {
    Query q = db.query("DELETE FROM {api_tokens} WHERE id = ?1");
    q.bind(id.value);
    TRY(q.run());
    if (db.changes() == 0) return Error{Errc::not_found, "There is no such token.", ""};
    return {};
  });
}

Result<std::optional<RememberedReply>> OwnTables::claim_reply(const RememberedReply& claim, WallTime since,
                                                              WallTime unfinished_since) {
  return write([&](Connection& db) -> Result<std::optional<RememberedReply>> {
    TRY(db.lock(Lock::replies));
    std::optional<RememberedReply> known = TRY(read_reply(db, claim.key));
    if (known && known->at >= since && (!known->sealed.empty() || known->at >= unfinished_since)) return known;
    Query q = db.query(known ? "UPDATE {remembered_replies} SET request = ?2, sealed = NULL, at = ?3 WHERE \"key\" = ?1"
                             : "INSERT INTO {remembered_replies}(\"key\", request, at) VALUES(?1, ?2, ?3)");
    q.bind_blob(blob_view(claim.key)).bind_blob(blob_view(claim.request)).bind(number_of(claim.at));
    TRY(q.run());
    return std::optional<RememberedReply>();
  });
}

Result<void> OwnTables::finish_reply(const KeyHash& key, const std::string& sealed) {
  return write([&](Connection& db) -> Result<void> {
    Query q = db.query("UPDATE {remembered_replies} SET sealed = ?1 WHERE \"key\" = ?2");
    q.bind_blob(sealed).bind_blob(blob_view(key));
    return q.run();
  });
}

Result<void> OwnTables::forget_reply(const KeyHash& key) {
  return write([&](Connection& db) -> Result<void> {
    Query q = db.query("DELETE FROM {remembered_replies} WHERE \"key\" = ?1");
    q.bind_blob(blob_view(key));
    return q.run();
  });
}

Result<void> OwnTables::forget_expired(WallTime now, WallTime seen_since, WallTime replies_since) {
  return write([&](Connection& db) -> Result<void> {
    Query sessions = db.query("DELETE FROM {sessions} WHERE expires_at <= ?1 OR last_seen_at < ?2");
    sessions.bind(number_of(now)).bind(number_of(seen_since));
    TRY(sessions.run());
    Query links = db.query("DELETE FROM {one_time_links} WHERE expires_at <= ?1");
    links.bind(number_of(now));
    TRY(links.run());
    Query replies = db.query("DELETE FROM {remembered_replies} WHERE at < ?1");
    replies.bind(number_of(replies_since));
    return replies.run();
  });
}

}  // namespace postern::sql
