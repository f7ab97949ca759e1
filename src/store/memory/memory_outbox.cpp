// The outbox of a MemoryStore.
#include "store/memory/memory_data.h"

#include <algorithm>

namespace postern {
namespace {

bool is_leased(const OutboxRow& row, WallTime now) {
  return row.lease != 0 && row.effect.due_at > now;
}

void make_due(OutboxRow& row, WallTime now) {
  row.state = OutboxState::waiting;
  row.effect.due_at = now;
  row.attempts = 0;
  row.lease = 0;
  row.finished_at.reset();
}

bool matches(const OutboxRow& row, const OutboxQuery& query) {
  const NewEffect& effect = row.effect;
  return (!query.kind || effect.kind == *query.kind) && (!query.state || row.state == *query.state) &&
         (!query.delivery || effect.delivery == query.delivery) && (!query.user || effect.user == query.user) &&
         (!query.endpoint || effect.endpoint == query.endpoint) && (!query.before || row.id < *query.before);
}

}  // namespace

OutboxId MemoryStore::Data::add_effect(const NewEffect& effect, WallTime at) {
  const OutboxId id{next_effect++};
  effects[id].row = {.id = id, .effect = effect, .created_at = at};
  return id;
}

Result<std::vector<OutboxId>> MemoryStore::enqueue(std::span<const NewEffect> effects, WallTime at) {
  const std::scoped_lock lock(writing_, mutex_);
  std::vector<OutboxId> out;
  for (const NewEffect& each : effects) out.push_back(data_->add_effect(each, at));
  return out;
}

Result<std::vector<OutboxRow>> MemoryStore::claim(const Claim& claim) {
  const std::scoped_lock lock(writing_, mutex_);
  std::map<EndpointId, std::size_t> running;
  std::vector<OutboxRow*> due;
  for (auto& [id, each] : data_->effects) {
    OutboxRow& row = each.row;
    if (row.state != OutboxState::waiting) continue;
    if (row.effect.endpoint && is_leased(row, claim.now)) ++running[*row.effect.endpoint];
    const bool wanted = std::find(claim.kinds.begin(), claim.kinds.end(), row.effect.kind) != claim.kinds.end();
    if (wanted && row.effect.due_at <= claim.now) due.push_back(&row);
  }
  std::stable_sort(due.begin(), due.end(),
                   [](const OutboxRow* a, const OutboxRow* b) { return a->effect.due_at < b->effect.due_at; });
  std::vector<OutboxRow> out;
  for (OutboxRow* row : due) {
    if (out.size() >= claim.limit) break;
    if (row->effect.endpoint && running[*row->effect.endpoint]++ >= claim.per_endpoint) continue;
    row->lease = claim.token;
    row->effect.due_at = claim.now + claim.lease;
    ++row->attempts;
    out.push_back(*row);
  }
  return out;
}

Result<bool> MemoryStore::settle(OutboxId id, std::int64_t lease, const Settlement& settlement) {
  const std::scoped_lock lock(writing_, mutex_);
  const auto it = data_->effects.find(id);
  if (it == data_->effects.end()) return false;
  OutboxRow& row = it->second.row;
  if (row.lease != lease || row.state != OutboxState::waiting) return false;
  const OutboxAttempt& attempt = settlement.attempt;
  const WallTime now = attempt.at + attempt.duration;
  row.state = settlement.state;
  row.lease = 0;
  row.note = attempt.note;
  const bool waits = settlement.state == OutboxState::waiting;
  row.effect.due_at = waits ? settlement.due_at : now;
  if (!waits) row.finished_at = now;
  std::vector<OutboxAttempt>& attempts = it->second.attempts;
  attempts.push_back(attempt);
  if (attempts.size() > kAttemptsKept) attempts.erase(attempts.begin());
  for (const NewEffect& each : settlement.follow_ups) data_->add_effect(each, now);
  return true;
}

Result<std::optional<WallTime>> MemoryStore::next_due(std::span<const EffectKind> kinds) {
  const std::lock_guard lock(mutex_);
  std::optional<WallTime> out;
  for (const auto& [id, each] : data_->effects) {
    const OutboxRow& row = each.row;
    if (row.state != OutboxState::waiting || std::find(kinds.begin(), kinds.end(), row.effect.kind) == kinds.end()) {
      continue;
    }
    if (!out || row.effect.due_at < *out) out = row.effect.due_at;
  }
  return out;
}

Result<std::vector<OutboxRow>> MemoryStore::outbox(const OutboxQuery& query) {
  const std::lock_guard lock(mutex_);
  std::vector<OutboxRow> out;
  for (auto it = data_->effects.rbegin(); it != data_->effects.rend() && out.size() < query.limit; ++it) {
    if (matches(it->second.row, query)) out.push_back(it->second.row);
  }
  return out;
}

Result<std::optional<OutboxRow>> MemoryStore::find_effect(OutboxId id) {
  const std::lock_guard lock(mutex_);
  const auto it = data_->effects.find(id);
  return it == data_->effects.end() ? std::nullopt : std::optional(it->second.row);
}

Result<std::vector<OutboxAttempt>> MemoryStore::attempts(OutboxId id) {
  const std::lock_guard lock(mutex_);
  const auto it = data_->effects.find(id);
  return it == data_->effects.end() ? std::vector<OutboxAttempt>() : it->second.attempts;
}

Result<OutboxCounts> MemoryStore::outbox_counts() {
  const std::lock_guard lock(mutex_);
  OutboxCounts out;
  for (const auto& [id, each] : data_->effects) ++out[{each.row.effect.kind, each.row.state}];
  return out;
}

Result<void> MemoryStore::retry_effect(OutboxId id, WallTime now) {
  const std::scoped_lock lock(writing_, mutex_);
  const auto it = data_->effects.find(id);
  if (it == data_->effects.end()) return Error{Errc::not_found, "There is no such effect in the outbox.", ""};
  if (is_leased(it->second.row, now)) {
    return Error{Errc::conflict, "This is being performed right now. Look again in a moment.", ""};
  }
  make_due(it->second.row, now);
  return {};
}

Result<std::size_t> MemoryStore::retry_dead(EffectKind kind, std::optional<EndpointId> endpoint, WallTime now,
                                            std::size_t limit) {
  const std::scoped_lock lock(writing_, mutex_);
  std::size_t done = 0;
  for (auto& [id, each] : data_->effects) {
    OutboxRow& row = each.row;
    if (done >= limit) break;
    if (row.state != OutboxState::dead || row.effect.kind != kind) continue;
    if (endpoint && row.effect.endpoint != endpoint) continue;
    make_due(row, now);
    ++done;
  }
  return done;
}

Result<std::size_t> MemoryStore::trim_outbox(WallTime until, std::size_t batch) {
  const std::scoped_lock lock(writing_, mutex_);
  std::size_t gone = 0;
  for (auto it = data_->effects.begin(); it != data_->effects.end() && gone < batch;) {
    const OutboxRow& row = it->second.row;
    if (row.finished_at && *row.finished_at < until) {
      it = data_->effects.erase(it);
      ++gone;
    } else {
      ++it;
    }
  }
  return gone;
}

}  // namespace postern
