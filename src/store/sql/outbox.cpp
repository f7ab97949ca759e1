// The outbox: who performs what, and what came of it.
#include "store/sql/list_statement.h"
#include "store/sql/outbox_rows.h"
#include "store/sql/own_tables.h"
#include "store/sql/rows.h"

#include <algorithm>

namespace postern::sql {
namespace {

std::int64_t number(EffectKind kind) {
  return static_cast<std::int64_t>(kind);
}

Error no_effect(OutboxId id) {
  return {Errc::not_found, "There is no effect with the number " + std::to_string(id.value) + " in the outbox.", ""};
}

// Calls `each` with the number of every endpoint (0: none) for which a row of this kind waits. Jumps from one to the
// next along the index, however many rows each has.
template <class Each>
Result<void> for_each_waiting_endpoint(Connection& db, EffectKind kind, Each each) {
  std::int64_t after = -1;
  while (true) {
    std::int64_t endpoint = 0;
    {
      Query q = db.query("SELECT min(endpoint_id) FROM {outbox} WHERE state = 0 AND kind = ?1 AND endpoint_id > ?2");
      q.bind(number(kind)).bind(after);
      TRY(q.step());
      if (q.is_null(0)) return {};
      endpoint = q.integer(0);
    }
    TRY(each(endpoint));
    after = endpoint;
  }
}

struct Due {
  std::int64_t at = 0;
  std::int64_t id = 0;
};

Result<void> collect_due(Connection& db, const Claim& claim, EffectKind kind, std::int64_t endpoint,
                         std::vector<Due>& out) {
  auto limit = static_cast<std::int64_t>(claim.limit);
  if (endpoint != 0) {
    Query running = db.query("SELECT count(*) FROM {outbox} WHERE lease <> 0 AND endpoint_id = ?1 AND due_at > ?2");
    running.bind(endpoint).bind(number_of(claim.now));
    TRY(running.step());
    limit = std::min(limit, static_cast<std::int64_t>(claim.per_endpoint) - running.integer(0));
  }
  if (limit <= 0) return {};
  Query q = db.query(
      "SELECT due_at, id FROM {outbox} WHERE state = 0 AND kind = ?1 AND endpoint_id = ?2 AND due_at <= ?3"
      " ORDER BY due_at, id LIMIT ?4");
  q.bind(number(kind)).bind(endpoint).bind(number_of(claim.now)).bind(limit);
  while (TRY(q.step())) out.push_back({q.integer(0), q.integer(1)});
  return {};
}

Result<std::optional<OutboxRow>> find_row(Connection& db, std::int64_t id) {
  static const std::string sql = "SELECT " + kOutboxColumns + " FROM {outbox} WHERE id = ?1";
  Query q = db.query(sql.c_str());
  q.bind(id);
  if (!TRY(q.step())) return std::optional<OutboxRow>();
  return std::optional<OutboxRow>(read_outbox_row(q));
}

Result<void> append_attempt(Connection& db, OutboxId id, const OutboxAttempt& attempt) {
  Query last = db.query("SELECT max(n) FROM {outbox_attempts} WHERE outbox_id = ?1");
  last.bind(id.value);
  TRY(last.step());
  const std::int64_t n = last.integer(0) + 1;
  Query q = db.query(
      "INSERT INTO {outbox_attempts}(outbox_id, n, at, duration_ms, ok, status, note, response)"
      " VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
  q.bind(id.value).bind(n).bind(number_of(attempt.at)).bind(attempt.duration.count()).bind(attempt.ok ? 1 : 0);
  q.bind(attempt.status).bind_or_null(attempt.note).bind_or_null(attempt.response);
  TRY(q.run());
  constexpr auto kKept = static_cast<std::int64_t>(OutboxStore::kAttemptsKept);
  if (n <= kKept) return {};
  Query old = db.query("DELETE FROM {outbox_attempts} WHERE outbox_id = ?1 AND n <= ?2");
  old.bind(id.value).bind(n - kKept);
  return old.run();
}

// Makes the rows due now.
Result<std::int64_t> retry(Connection& db, std::span<const std::int64_t> ids, WallTime now) {
  static const ListStatement statement(
      "UPDATE {outbox} SET state = 0, due_at = ?, attempts = 0, finished_at = NULL, lease = 0 WHERE id IN ");
  return statement.run(db, ids, [&](Query& q) { q.bind(number_of(now)); });
}

// Takes the rows, in this order. What somebody has changed meanwhile is left alone.
Result<std::vector<OutboxRow>> lease_rows(Connection& db, const Claim& claim, const std::vector<std::int64_t>& ids) {
  static const ListStatement take(
      "UPDATE {outbox} SET lease = ?, due_at = ?, attempts = attempts + 1 WHERE state = 0 AND due_at <= ? AND id IN ");
  static const ListStatement taken("SELECT " + kOutboxColumns + " FROM {outbox} WHERE lease = ? AND id IN ");
  TRY(take.run(db, ids, [&](Query& q) {
    q.bind(claim.token).bind(number_of(claim.now + claim.lease)).bind(number_of(claim.now));
  }));
  std::map<std::int64_t, OutboxRow> rows;
  TRY(taken.read(
      db, ids, [&](Query& q) { q.bind(claim.token); },
      [&](const Query& row) { rows.emplace(row.integer(0), read_outbox_row(row)); }));
  std::vector<OutboxRow> out;
  for (const std::int64_t id : ids) {
    if (const auto found = rows.find(id); found != rows.end()) out.push_back(std::move(found->second));
  }
  return out;
}

}  // namespace

Result<std::vector<OutboxId>> OwnTables::enqueue(std::span<const NewEffect> effects, WallTime at) {
  return write([&](Connection& db) -> Result<std::vector<OutboxId>> {
    std::vector<OutboxId> out;
    for (const NewEffect& each : effects) out.push_back(TRY(insert_effect(db, each, at)));
    return out;
  });
}

Result<std::vector<OutboxRow>> OwnTables::claim(const Claim& claim) {
  return write([&](Connection& db) -> Result<std::vector<OutboxRow>> {
    TRY(db.lock(Lock::outbox));  // What others perform for an endpoint counts.
    std::vector<Due> due;
    for (const EffectKind kind : claim.kinds) {
      TRY(for_each_waiting_endpoint(
          db, kind, [&](std::int64_t endpoint) { return collect_due(db, claim, kind, endpoint, due); }));
    }
    std::sort(due.begin(), due.end(),
              [](const Due& a, const Due& b) { return std::tie(a.at, a.id) < std::tie(b.at, b.id); });
    if (due.size() > claim.limit) due.resize(claim.limit);
    std::vector<std::int64_t> ids;
    ids.reserve(due.size());
    for (const Due& each : due) ids.push_back(each.id);
    return lease_rows(db, claim, ids);
  });
}

Result<bool> OwnTables::settle(OutboxId id, std::int64_t lease, const Settlement& settlement) {
  return write([&](Connection& db) -> Result<bool> {
    const OutboxAttempt& attempt = settlement.attempt;
    const WallTime now = attempt.at + attempt.duration;
    const bool waits = settlement.state == OutboxState::waiting;
    Query q = db.query(
        "UPDATE {outbox} SET state = ?3, due_at = ?4, note = ?5, finished_at = ?6, lease = 0"
        " WHERE id = ?1 AND lease = ?2 AND state = 0");
    q.bind(id.value).bind(lease).bind(static_cast<std::int64_t>(settlement.state));
    q.bind(number_of(waits ? settlement.due_at : now)).bind_or_null(attempt.note);
    bind_time(q, waits ? std::nullopt : std::optional(now));
    TRY(q.run());
    if (db.changes() == 0) return false;
    TRY(append_attempt(db, id, attempt));
    TRY(insert_effects(db, settlement.follow_ups, now));
    return true;
  });
}

Result<std::optional<WallTime>> OwnTables::next_due(std::span<const EffectKind> kinds) {
  return read([&](Connection& db) -> Result<std::optional<WallTime>> {
    std::optional<WallTime> out;
    for (const EffectKind kind : kinds) {
      const auto earliest = [&](std::int64_t endpoint) -> Result<void> {
        Query q = db.query("SELECT min(due_at) FROM {outbox} WHERE state = 0 AND kind = ?1 AND endpoint_id = ?2");
        q.bind(number(kind)).bind(endpoint);
        TRY(q.step());
        const WallTime at = time_at(q, 0);
        if (!q.is_null(0) && (!out || at < *out)) out = at;
        return {};
      };
      TRY(for_each_waiting_endpoint(db, kind, earliest));
    }
    return out;
  });
}

Result<std::vector<OutboxRow>> OwnTables::outbox(const OutboxQuery& query) {
  // Each filter that has an index of its own begins there; the others are looked at row by row.
  static const std::string columns = "SELECT " + kOutboxColumns + " FROM {outbox} WHERE ";
  static const std::string rest =
      " AND (?2 < 0 OR kind = ?2) AND (?3 < 0 OR state = ?3) AND (?4 = 0 OR user_id = ?4)"
      " AND (?5 = 0 OR endpoint_id = ?5) AND id < ?6 ORDER BY id DESC LIMIT ?7";
  static const std::string by_delivery = columns + "delivery_id = ?1" + rest;
  static const std::string by_user = columns + "?1 = 0 AND user_id = ?4" + rest;
  static const std::string by_endpoint = columns + "?1 = 0 AND endpoint_id = ?5 AND endpoint_id <> 0" + rest;
  static const std::string waiting = columns + "?1 = 0 AND state = 0" + rest;
  static const std::string dead = columns + "?1 = 0 AND state = 2" + rest;
  static const std::string all = columns + "?1 = 0" + rest;
  const std::string& sql = query.delivery                        ? by_delivery
                           : query.user                          ? by_user
                           : query.endpoint                      ? by_endpoint
                           : query.state == OutboxState::waiting ? waiting
                           : query.state == OutboxState::dead    ? dead
                                                                 : all;
  return read([&](Connection& db) -> Result<std::vector<OutboxRow>> {
    Query q = db.query(sql.c_str());
    q.bind(query.delivery ? query.delivery->value : 0).bind(query.kind ? number(*query.kind) : -1);
    q.bind(query.state ? static_cast<std::int64_t>(*query.state) : -1).bind(query.user ? query.user->value : 0);
    q.bind(query.endpoint ? query.endpoint->value : 0).bind(query.before ? query.before->value : INT64_MAX);
    q.bind(static_cast<std::int64_t>(query.limit));
    std::vector<OutboxRow> out;
    while (TRY(q.step())) out.push_back(read_outbox_row(q));
    return out;
  });
}

Result<std::optional<OutboxRow>> OwnTables::find_effect(OutboxId id) {
  return read([&](Connection& db) { return find_row(db, id.value); });
}

Result<std::vector<OutboxAttempt>> OwnTables::attempts(OutboxId id) {
  return read([&](Connection& db) -> Result<std::vector<OutboxAttempt>> {
    Query q = db.query(
        "SELECT at, duration_ms, ok, status, note, response FROM {outbox_attempts} WHERE outbox_id = ?1 ORDER BY n");
    q.bind(id.value);
    std::vector<OutboxAttempt> out;
    while (TRY(q.step())) {
      out.push_back({.at = time_at(q, 0),
                     .duration = std::chrono::milliseconds{q.integer(1)},
                     .ok = q.integer(2) != 0,
                     .status = static_cast<int>(q.integer(3)),
                     .note = std::string(q.text(4)),
                     .response = std::string(q.text(5))});
    }
    return out;
  });
}

Result<OutboxCounts> OwnTables::outbox_counts() {
  return read([](Connection& db) -> Result<OutboxCounts> {
    Query q = db.query("SELECT kind, state, count(*) FROM {outbox} GROUP BY state, kind");
    OutboxCounts out;
    while (TRY(q.step())) {
      out[{static_cast<EffectKind>(q.integer(0)), static_cast<OutboxState>(q.integer(1))}] = q.integer(2);
    }
    return out;
  });
}

Result<void> OwnTables::retry_effect(OutboxId id, WallTime now) {
  return write([&](Connection& db) -> Result<void> {
    TRY(db.lock(Lock::outbox));
    const std::optional<OutboxRow> row = TRY(find_row(db, id.value));
    if (!row) return no_effect(id);
    if (row->lease != 0 && row->effect.due_at > now) {
      return Error{Errc::conflict, "This is being performed right now. Look again in a moment.", ""};
    }
    TRY(retry(db, {&id.value, 1}, now));
    return {};
  });
}

Result<std::size_t> OwnTables::retry_dead(EffectKind kind, std::optional<EndpointId> endpoint, WallTime now,
                                          std::size_t limit) {
  return write([&](Connection& db) -> Result<std::size_t> {
    TRY(db.lock(Lock::outbox));
    Query q = db.query(
        "SELECT id FROM {outbox} WHERE state = 2 AND kind = ?1 AND (?2 = 0 OR endpoint_id = ?2) ORDER BY id LIMIT ?3");
    q.bind(number(kind)).bind(endpoint ? endpoint->value : 0).bind(static_cast<std::int64_t>(limit));
    const std::vector<std::int64_t> ids = TRY(numbers_of(q));
    TRY(retry(db, ids, now));
    return ids.size();
  });
}

Result<std::size_t> OwnTables::trim_outbox(WallTime until, std::size_t batch) {
  // Look first, without the write lock: mostly there is nothing to do.
  const Result<bool> needed = read([&](Connection& db) -> Result<bool> {
    Query q = db.query("SELECT EXISTS(SELECT 1 FROM {outbox} WHERE state <> 0 AND finished_at < ?1)");
    q.bind(number_of(until));
    TRY(q.step());
    return q.integer(0) != 0;
  });
  if (!TRY(needed)) return std::size_t{0};
  return write([&](Connection& db) -> Result<std::size_t> {
    TRY(db.lock(Lock::outbox));
    Query q = db.query("SELECT id FROM {outbox} WHERE state <> 0 AND finished_at < ?1 ORDER BY finished_at LIMIT ?2");
    q.bind(number_of(until)).bind(static_cast<std::int64_t>(batch));
    const std::vector<std::int64_t> ids = TRY(numbers_of(q));
    return static_cast<std::size_t>(TRY(remove_effects(db, ids)));
  });
}

}  // namespace postern::sql
