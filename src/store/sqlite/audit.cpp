// The audit log.
#include "store/sqlite/account_rows.h"
#include "store/sqlite/store_parts.h"

namespace postern {

using sqlite::Connection;
using sqlite::Query;

namespace {

AuditRow read_row(const Query& row) {
  AuditRow out;
  out.id = row.integer(0);
  out.at = sqlite::time_at(row, 1);
  out.actor = row.text(2);
  out.ip = row.text(3);
  out.action = row.text(4);
  out.target = row.text(5);
  out.before = row.text(6);
  out.after = row.text(7);
  out.hash = sqlite::hash_at(row, 8);
  return out;
}

// One statement per shape of the question, so that each uses its index.
std::string select(std::string_view where, bool forward) {
  return "SELECT id, at, actor, ip, action, target, before, after, hash FROM audit_log WHERE " + std::string(where) +
         (forward ? " AND id > ?1 ORDER BY id LIMIT ?2" : " AND id < ?1 ORDER BY id DESC LIMIT ?2");
}

// ?3 is the action, ?4 the actor; a statement that has no need of one is not bound it.
const char* statement(bool action, bool actor, bool forward) {
  static const std::string all[2][2][2] = {
      {{select("1", false), select("1", true)}, {select("actor = ?3", false), select("actor = ?3", true)}},
      {{select("action = ?3", false), select("action = ?3", true)},
       {select("action = ?3 AND actor = ?4", false), select("action = ?3 AND actor = ?4", true)}}};
  return all[action ? 1 : 0][actor ? 1 : 0][forward ? 1 : 0].c_str();
}

}  // namespace

Result<std::int64_t> SqliteStore::append_audit(AuditRow row, const AuditSeal& seal) {
  return write(false, [&](Connection& db) -> Result<std::int64_t> {
    KeyHash previous{};
    {
      Query last = db.query("SELECT id, hash FROM audit_log ORDER BY id DESC LIMIT 1");
      row.id = 1;
      if (TRY(last.step())) {
        row.id = last.integer(0) + 1;
        previous = sqlite::hash_at(last, 1);
      }
    }
    row.hash = seal(previous, row);
    Query q = db.query(
        "INSERT INTO audit_log(id, at, actor, ip, action, target, before, after, hash) VALUES(?,?,?,?,?,?,?,?,?)");
    q.bind(row.id).bind(sqlite::number_of(row.at)).bind(row.actor).bind(row.ip).bind(row.action).bind(row.target);
    q.bind_or_null(row.before).bind_or_null(row.after).bind_blob(sqlite::blob_view(row.hash));
    TRY(q.run());
    return row.id;
  });
}

Result<std::vector<AuditRow>> SqliteStore::audit(const AuditQuery& query) {
  return read([&](Connection& db) -> Result<std::vector<AuditRow>> {
    Query q = db.query(statement(!query.action.empty(), !query.actor.empty(), query.after.has_value()));
    q.bind(query.after ? *query.after : query.before.value_or(INT64_MAX));
    q.bind(static_cast<std::int64_t>(query.limit));
    if (!query.action.empty()) q.bind(query.action);
    if (!query.actor.empty()) q.bind(query.actor);
    std::vector<AuditRow> out;
    while (TRY(q.step())) {
      AuditRow row = read_row(q);
      // With `after` the page begins there; a row that is too new for `before` ends it.
      if (query.after && query.before && row.id >= *query.before) break;
      out.push_back(std::move(row));
    }
    return out;
  });
}

Result<std::int64_t> SqliteStore::last_audit_id() {
  return read([](Connection& db) {
    return db.number("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'audit_log'), 0)");
  });
}

}  // namespace postern
