// Endpoints of outgoing events.
#include "store/memory/memory_data.h"

namespace postern {
namespace {

// The endpoint, if it still has that version.
Result<Endpoint*> at_version(std::map<EndpointId, Endpoint>& endpoints, EndpointId id, std::int64_t version) {
  const auto it = endpoints.find(id);
  if (it == endpoints.end()) return Error{Errc::not_found, "There is no such endpoint.", ""};
  if (it->second.version != version) return Error{Errc::conflict, "The endpoint has been changed meanwhile.", ""};
  return &it->second;
}

}  // namespace

Result<std::vector<Endpoint>> MemoryStore::endpoints() {
  const std::lock_guard lock(mutex_);
  std::vector<Endpoint> out;
  for (const auto& each : data_->endpoints) out.push_back(each.second);
  return out;
}

Result<std::optional<Endpoint>> MemoryStore::find_endpoint(EndpointId id) {
  const std::lock_guard lock(mutex_);
  const auto it = data_->endpoints.find(id);
  return it == data_->endpoints.end() ? std::optional<Endpoint>() : it->second;
}

Result<std::map<EndpointId, EventCounts>> MemoryStore::event_counts() {
  const std::lock_guard lock(mutex_);
  std::map<EndpointId, EventCounts> out;
  for (const auto& each : data_->effects) {
    const OutboxRow& row = each.second.row;
    if (row.effect.kind != EffectKind::event || !row.effect.endpoint) continue;
    if (row.state == OutboxState::waiting) ++out[*row.effect.endpoint].waiting;
    if (row.state == OutboxState::dead) ++out[*row.effect.endpoint].dead;
  }
  return out;
}

Result<EndpointId> MemoryStore::add_endpoint(const Endpoint& endpoint) {
  const std::scoped_lock lock(writing_, mutex_);
  const EndpointId id{data_->next_endpoint++};
  Endpoint& added = data_->endpoints[id];
  added = endpoint;
  added.id = id;
  added.health = {};
  ++data_->generation;
  return id;
}

Result<void> MemoryStore::update_endpoint(const Endpoint& endpoint) {
  const std::scoped_lock lock(writing_, mutex_);
  Endpoint& kept = *TRY(at_version(data_->endpoints, endpoint.id, endpoint.version));
  const Endpoint before = kept;
  kept = endpoint;
  kept.created_at = before.created_at;
  kept.version = before.version + 1;
  kept.health = before.health;
  kept.health.failing_since = endpoint.health.failing_since;
  kept.health.problem = endpoint.health.problem;
  return {};
}

Result<void> MemoryStore::remove_endpoint(EndpointId id, std::int64_t version) {
  const std::scoped_lock lock(writing_, mutex_);
  TRY(at_version(data_->endpoints, id, version));
  data_->endpoints.erase(id);
  ++data_->generation;
  return {};
}

Result<void> MemoryStore::record_success(EndpointId id, WallTime at) {
  const std::scoped_lock lock(writing_, mutex_);
  const auto it = data_->endpoints.find(id);
  if (it == data_->endpoints.end()) return {};
  it->second.health.last_success_at = at;
  it->second.health.failing_since.reset();
  if (!it->second.paused) it->second.health.problem.clear();
  return {};
}

Result<void> MemoryStore::record_failure(EndpointId id, WallTime at, const std::string& problem) {
  const std::scoped_lock lock(writing_, mutex_);
  const auto it = data_->endpoints.find(id);
  if (it == data_->endpoints.end()) return {};
  EndpointHealth& health = it->second.health;
  health.last_failure_at = at;
  if (it->second.paused) return {};
  if (!health.failing_since) health.failing_since = at;
  health.problem = problem;
  return {};
}

}  // namespace postern
