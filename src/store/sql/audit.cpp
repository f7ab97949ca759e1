// The audit log.
#include "store/sql/own_tables.h"
#include "store/sql/rows.h"

namespace postern::sql {
namespace {

AuditRow read_row(const Query& row) {
  AuditRow out;
  out.id = row.integer(0);
  out.at = time_at(row, 1);
  out.actor = row.text(2);
  out.ip = row.text(3);
  out.action = row.text(4);
  out.target = row.text(5);
  out.before = row.text(6);
  out.after = row.text(7);
  out.hash = hash_at(row, 8);
  return out;
}

// One statement per shape of the question, so that each uses its index.
std::string select(std::string_view where, bool forward) {
  return "SELECT id, at, actor, ip, action, target, \"before\", \"after\", hash FROM {audit_log} WHERE " +
         std::string(where) +
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

Result<std::int64_t> last_number(Connection& db) {
  Query q = db.query("SELECT last_id FROM {audit_head}");
  if (!TRY(q.step())) return Error{Errc::internal, "The database does not know how long the audit log is.", ""};
  return q.integer(0);
}

// Zeros: there is no row.
Result<KeyHash> last_hash(Connection& db) {
  Query q = db.query("SELECT hash FROM {audit_log} ORDER BY id DESC LIMIT 1");
  if (!TRY(q.step())) return KeyHash{};
  return hash_at(q, 0);
}

}  // namespace

Result<std::int64_t> OwnTables::append_audit(AuditRow row, const AuditSeal& seal) {
  return write([&](Connection& db) -> Result<std::int64_t> {
    // Whoever appends at the same time waits here: the next row needs the hash of this one.
    TRY(db.query("UPDATE {audit_head} SET last_id = last_id + 1").run());
    row.id = TRY(last_number(db));
    row.hash = seal(TRY(last_hash(db)), row);
    Query q = db.query(
        "INSERT INTO {audit_log}(id, at, actor, ip, action, target, \"before\", \"after\", hash)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
    q.bind(row.id).bind(number_of(row.at)).bind(row.actor).bind(row.ip).bind(row.action).bind(row.target);
    q.bind_or_null(row.before).bind_or_null(row.after).bind_blob(blob_view(row.hash));
    TRY(q.run());
    return row.id;
  });
}

Result<std::vector<AuditRow>> OwnTables::audit(const AuditQuery& query) {
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

Result<std::int64_t> OwnTables::last_audit_id() {
  return read([](Connection& db) { return last_number(db); });
}

}  // namespace postern::sql
