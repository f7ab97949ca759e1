// Endpoints of outgoing events.
#include "store/sqlite/store_parts.h"

#include <map>

namespace postern {

using sqlite::Connection;
using sqlite::Query;

namespace {

std::optional<WallTime> time_at(const Query& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return WallTime{std::chrono::milliseconds{row.integer(column)}};
}

void bind_time(Query& q, const std::optional<WallTime>& time) {
  if (time) {
    q.bind(time->time_since_epoch().count());
  } else {
    q.bind_null();
  }
}

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
  out.created_at = time_at(row, 6).value_or(WallTime{});
  out.health.last_success_at = time_at(row, 7);
  out.health.last_failure_at = time_at(row, 8);
  out.health.failing_since = time_at(row, 9);
  out.health.problem = row.text(10);
  return out;
}

// All of them, or the one with that number.
Result<std::vector<Endpoint>> read_endpoints(Connection& db, std::int64_t only) {
  std::vector<Endpoint> out;
  std::map<EndpointId, std::size_t> index;
  Query q = db.query(
      "SELECT id, name, url, events, paused, version, created_at, last_success_at, last_failure_at, failing_since,"
      " problem FROM endpoints WHERE ?1 = 0 OR id = ?1 ORDER BY id");
  q.bind(only);
  while (TRY(q.step())) {
    index[{q.integer(0)}] = out.size();
    out.push_back(read_endpoint(q));
  }
  Query keys = db.query(
      "SELECT endpoint_id, key_id, sealed, created_at, expires_at FROM endpoint_keys WHERE ?1 = 0 OR endpoint_id = ?1"
      " ORDER BY endpoint_id, key_id DESC");
  keys.bind(only);
  while (TRY(keys.step())) {
    const auto owner = index.find({keys.integer(0)});
    if (owner == index.end()) continue;
    out[owner->second].keys.push_back({.id = {keys.integer(1)},
                                       .sealed = std::string(keys.text(2)),
                                       .created_at = time_at(keys, 3).value_or(WallTime{}),
                                       .expires_at = time_at(keys, 4)});
  }
  return out;
}

Result<void> write_keys(Connection& db, const Endpoint& endpoint, EndpointId id) {
  Query q =
      db.query("INSERT INTO endpoint_keys(endpoint_id, key_id, sealed, created_at, expires_at) VALUES(?,?,?,?,?)");
  for (const EndpointKey& key : endpoint.keys) {
    q.bind(id.value).bind(key.id.value).bind_blob(key.sealed).bind(key.created_at.time_since_epoch().count());
    bind_time(q, key.expires_at);
    TRY(q.run());
  }
  return {};
}

// Nothing was changed: why?
Result<void> explain_miss(Connection& db, EndpointId id) {
  Query q = db.query("SELECT 1 FROM endpoints WHERE id = ?1");
  q.bind(id.value);
  if (TRY(q.step())) return Error{Errc::conflict, "The endpoint has been changed meanwhile. Read it again.", ""};
  return Error{Errc::not_found, "There is no endpoint with the number " + std::to_string(id.value) + ".", ""};
}

}  // namespace

Result<std::vector<Endpoint>> SqliteStore::endpoints() {
  return read([](Connection& db) -> Result<std::vector<Endpoint>> {
    TRY(db.query("BEGIN").run());  // One view of both tables.
    Result<std::vector<Endpoint>> out = read_endpoints(db, 0);
    TRY(db.query("COMMIT").run());
    return out;
  });
}

Result<std::optional<Endpoint>> SqliteStore::find_endpoint(EndpointId id) {
  if (id.value == 0) return std::optional<Endpoint>();
  return read([&](Connection& db) -> Result<std::optional<Endpoint>> {
    TRY(db.query("BEGIN").run());
    Result<std::vector<Endpoint>> found = read_endpoints(db, id.value);
    TRY(db.query("COMMIT").run());
    if (!found) return std::move(found).error();
    return found->empty() ? std::nullopt : std::optional(std::move(found->front()));
  });
}

Result<std::map<EndpointId, EventCounts>> SqliteStore::event_counts() {
  return read([](Connection& db) -> Result<std::map<EndpointId, EventCounts>> {
    std::map<EndpointId, EventCounts> out;
    const auto count = [&](const char* sql, std::int64_t EventCounts::*which) -> Result<void> {
      Query q = db.query(sql);
      q.bind(static_cast<std::int64_t>(EffectKind::event));
      while (TRY(q.step())) out[{q.integer(0)}].*which = q.integer(1);
      return {};
    };
    // Each has an index of its own with nothing else in it.
    TRY(count("SELECT endpoint_id, count(*) FROM outbox WHERE kind = ?1 AND state = 0 GROUP BY endpoint_id",
              &EventCounts::waiting));
    TRY(count("SELECT endpoint_id, count(*) FROM outbox WHERE kind = ?1 AND state = 2 GROUP BY endpoint_id",
              &EventCounts::dead));
    return out;
  });
}

Result<EndpointId> SqliteStore::add_endpoint(const Endpoint& endpoint) {
  return write(true, [&](Connection& db) -> Result<EndpointId> {
    const std::string events = joined(endpoint.events);
    Query q = db.query("INSERT INTO endpoints(name, url, events, paused, version, created_at) VALUES(?,?,?,?,?,?)");
    q.bind(endpoint.name).bind(endpoint.url).bind_or_null(events).bind(endpoint.paused ? 1 : 0);
    q.bind(endpoint.version).bind(endpoint.created_at.time_since_epoch().count());
    TRY(q.run());
    const EndpointId id{sqlite3_last_insert_rowid(db.handle())};
    TRY(write_keys(db, endpoint, id));
    return id;
  });
}

Result<void> SqliteStore::update_endpoint(const Endpoint& endpoint) {
  return write(false, [&](Connection& db) -> Result<void> {
    const std::string events = joined(endpoint.events);
    Query q = db.query(
        "UPDATE endpoints SET name = ?, url = ?, events = ?, paused = ?, failing_since = ?, problem = ?,"
        " version = version + 1 WHERE id = ? AND version = ?");
    q.bind(endpoint.name).bind(endpoint.url).bind_or_null(events).bind(endpoint.paused ? 1 : 0);
    bind_time(q, endpoint.health.failing_since);
    q.bind_or_null(endpoint.health.problem).bind(endpoint.id.value).bind(endpoint.version);
    TRY(q.run());
    if (sqlite3_changes(db.handle()) == 0) return explain_miss(db, endpoint.id);
    Query old = db.query("DELETE FROM endpoint_keys WHERE endpoint_id = ?1");
    old.bind(endpoint.id.value);
    TRY(old.run());
    return write_keys(db, endpoint, endpoint.id);
  });
}

Result<void> SqliteStore::remove_endpoint(EndpointId id, std::int64_t version) {
  return write(true, [&](Connection& db) -> Result<void> {
    Query q = db.query("DELETE FROM endpoints WHERE id = ?1 AND version = ?2");  // Its keys go with it.
    q.bind(id.value).bind(version);
    TRY(q.run());
    if (sqlite3_changes(db.handle()) == 0) return explain_miss(db, id);
    return {};
  });
}

Result<void> SqliteStore::record_success(EndpointId id, WallTime at) {
  return write(false, [&](Connection& db) -> Result<void> {
    Query q = db.query(
        "UPDATE endpoints SET last_success_at = ?2, failing_since = NULL,"
        " problem = CASE WHEN paused THEN problem END WHERE id = ?1");
    q.bind(id.value).bind(at.time_since_epoch().count());
    return q.run();
  });
}

Result<void> SqliteStore::record_failure(EndpointId id, WallTime at, const std::string& problem) {
  return write(false, [&](Connection& db) -> Result<void> {
    Query q = db.query(
        "UPDATE endpoints SET last_failure_at = ?2,"
        " failing_since = CASE WHEN paused THEN failing_since ELSE coalesce(failing_since, ?2) END,"
        " problem = CASE WHEN paused THEN problem ELSE ?3 END WHERE id = ?1");
    q.bind(id.value).bind(at.time_since_epoch().count()).bind(problem);
    return q.run();
  });
}

}  // namespace postern
