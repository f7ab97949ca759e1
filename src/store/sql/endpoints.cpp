// Endpoints of outgoing events.
#include "store/sql/own_tables.h"
#include "store/sql/rows.h"

#include <map>

namespace postern::sql {
namespace {

std::string joined(const std::vector<std::string>& events) {
  std::string out;
  for (const std::string& each : events) out += (out.empty() ? "" : " ") + each;
  return out;
}

std::vector<std::string> split(std::string_view events) {
  std::vector<std::string> out;
  while (!events.empty()) {
    const std::size_t end = std::min(events.find(' '), events.size());
    out.emplace_back(events.substr(0, end));
    events.remove_prefix(std::min(end + 1, events.size()));
  }
  return out;
}

Endpoint read_endpoint(const Query& row) {
  Endpoint out;
  out.id.value = row.integer(0);
  out.name = row.text(1);
  out.url = row.text(2);
  out.events = split(row.text(3));
  out.paused = row.integer(4) != 0;
  out.version = row.integer(5);
  out.created_at = time_at(row, 6);
  out.health.last_success_at = time_or_null(row, 7);
  out.health.last_failure_at = time_or_null(row, 8);
  out.health.failing_since = time_or_null(row, 9);
  out.health.problem = row.text(10);
  return out;
}

// All of them, or the one with that number. One statement, so that keys and endpoints are of one moment.
Result<std::vector<Endpoint>> read_endpoints(Connection& db, std::int64_t only) {
  constexpr int kKey = 11;
  Query q = db.query(
      "SELECT e.id, e.name, e.url, e.events, e.paused, e.version, e.created_at, e.last_success_at, e.last_failure_at,"
      " e.failing_since, e.problem, k.key_id, k.sealed, k.created_at, k.expires_at"
      " FROM {endpoints} e LEFT JOIN {endpoint_keys} k ON k.endpoint_id = e.id WHERE ?1 = 0 OR e.id = ?1"
      " ORDER BY e.id, k.key_id DESC");
  q.bind(only);
  std::vector<Endpoint> out;
  while (TRY(q.step())) {
    if (out.empty() || out.back().id.value != q.integer(0)) out.push_back(read_endpoint(q));
    if (q.is_null(kKey)) continue;
    out.back().keys.push_back({.id = {q.integer(kKey)},
                               .sealed = std::string(q.text(kKey + 1)),
                               .created_at = time_at(q, kKey + 2),
                               .expires_at = time_or_null(q, kKey + 3)});
  }
  return out;
}

Result<void> write_keys(Connection& db, const Endpoint& endpoint, EndpointId id) {
  Query q =
      db.query("INSERT INTO {endpoint_keys}(endpoint_id, key_id, sealed, created_at, expires_at) VALUES(?,?,?,?,?)");
  for (const EndpointKey& key : endpoint.keys) {
    q.bind(id.value).bind(key.id.value).bind_blob(key.sealed).bind(number_of(key.created_at));
    bind_time(q, key.expires_at);
    TRY(q.run());
  }
  return {};
}

Result<void> remove_keys(Connection& db, EndpointId id) {
  Query q = db.query("DELETE FROM {endpoint_keys} WHERE endpoint_id = ?1");
  q.bind(id.value);
  return q.run();
}

// Nothing was changed: why?
Result<void> explain_miss(Connection& db, EndpointId id) {
  Query q = db.query("SELECT 1 FROM {endpoints} WHERE id = ?1");
  q.bind(id.value);
  if (TRY(q.step())) return Error{Errc::conflict, "The endpoint has been changed meanwhile. Read it again.", ""};
  return Error{Errc::not_found, "There is no endpoint with the number " + std::to_string(id.value) + ".", ""};
}

}  // namespace

Result<std::vector<Endpoint>> OwnTables::endpoints() {
  return read([](Connection& db) { return read_endpoints(db, 0); });
}

Result<std::optional<Endpoint>> OwnTables::find_endpoint(EndpointId id) {
  if (id.value == 0) return std::optional<Endpoint>();
  return read([&](Connection& db) -> Result<std::optional<Endpoint>> {
    std::vector<Endpoint> found = TRY(read_endpoints(db, id.value));
    return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
  });
}

Result<std::map<EndpointId, EventCounts>> OwnTables::event_counts() {
  return read([](Connection& db) -> Result<std::map<EndpointId, EventCounts>> {
    std::map<EndpointId, EventCounts> out;
    const auto count = [&](const char* sql, std::int64_t EventCounts::*which) -> Result<void> {
      Query q = db.query(sql);
      q.bind(static_cast<std::int64_t>(EffectKind::event));
      while (TRY(q.step())) out[{q.integer(0)}].*which = q.integer(1);
      return {};
    };
    // One state after the other: an index has just these rows, in this order.
    TRY(count("SELECT endpoint_id, count(*) FROM {outbox} WHERE kind = ?1 AND state = 0 GROUP BY endpoint_id",
              &EventCounts::waiting));
    TRY(count("SELECT endpoint_id, count(*) FROM {outbox} WHERE kind = ?1 AND state = 2 GROUP BY endpoint_id",
              &EventCounts::dead));
    return out;
  });
}

Result<EndpointId> OwnTables::add_endpoint(const Endpoint& endpoint) {
  return write(Touches::catalog, [&](Connection& db) -> Result<EndpointId> {
    const std::string events = joined(endpoint.events);
    Query q = db.query("INSERT INTO {endpoints}(name, url, events, paused, version, created_at) VALUES(?,?,?,?,?,?)");
    q.bind(endpoint.name).bind(endpoint.url).bind_or_null(events).bind(endpoint.paused ? 1 : 0);
    q.bind(endpoint.version).bind(number_of(endpoint.created_at));
    TRY(q.run());
    const EndpointId id{db.last_id()};
    TRY(write_keys(db, endpoint, id));
    return id;
  });
}

Result<void> OwnTables::update_endpoint(const Endpoint& endpoint) {
  return write([&](Connection& db) -> Result<void> {
    const std::string events = joined(endpoint.events);
    Query q = db.query(
        "UPDATE {endpoints} SET name = ?, url = ?, events = ?, paused = ?, failing_since = ?, problem = ?,"
        " version = version + 1 WHERE id = ? AND version = ?");
    q.bind(endpoint.name).bind(endpoint.url).bind_or_null(events).bind(endpoint.paused ? 1 : 0);
    bind_time(q, endpoint.health.failing_since);
    q.bind_or_null(endpoint.health.problem).bind(endpoint.id.value).bind(endpoint.version);
    TRY(q.run());
    if (db.changes() == 0) return explain_miss(db, endpoint.id);
    TRY(remove_keys(db, endpoint.id));
    return write_keys(db, endpoint, endpoint.id);
  });
}

Result<void> OwnTables::remove_endpoint(EndpointId id, std::int64_t version) {
  return write(Touches::catalog, [&](Connection& db) -> Result<void> {
    Query q = db.query("DELETE FROM {endpoints} WHERE id = ?1 AND version = ?2");
    q.bind(id.value).bind(version);
    TRY(q.run());
    if (db.changes() == 0) return explain_miss(db, id);
    return remove_keys(db, id);
  });
}

Result<void> OwnTables::record_success(EndpointId id, WallTime at) {
  return write([&](Connection& db) -> Result<void> {
    Query q = db.query(
        "UPDATE {endpoints} SET last_success_at = ?2, failing_since = NULL,"
        " problem = CASE WHEN paused THEN problem END WHERE id = ?1");
    q.bind(id.value).bind(number_of(at));
    return q.run();
  });
}

Result<void> OwnTables::record_failure(EndpointId id, WallTime at, const std::string& problem) {
  return write([&](Connection& db) -> Result<void> {
    Query q = db.query(
        "UPDATE {endpoints} SET last_failure_at = ?2,"
        " failing_since = CASE WHEN paused THEN failing_since ELSE coalesce(failing_since, ?2) END,"
        " problem = CASE WHEN paused THEN problem ELSE ?3 END WHERE id = ?1");
    q.bind(id.value).bind(number_of(at)).bind(problem);
    return q.run();
  });
}

}  // namespace postern::sql
