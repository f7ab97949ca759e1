// The part of the store port that keeps the outbox: effects that were committed and are still to be performed.
#pragma once

#include "base/result.h"
#include "model/effect.h"

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace postern {

// Asks for work.
struct Claim {
  WallTime now{};
  std::chrono::seconds lease{60};  // How long the rows are kept from others.
  std::int64_t token = 1;          // Not 0 and not used before: becomes the rows' `lease`.
  std::size_t limit = 16;
  std::vector<EffectKind> kinds;  // Only these.
  std::size_t per_endpoint = 4;   // At most so many rows of one endpoint, those that are being performed included.
};

// What became of a claimed row.
struct Settlement {
  OutboxState state = OutboxState::done;  // waiting: try again at `due_at`.
  WallTime due_at{};
  OutboxAttempt attempt;
  std::vector<NewEffect> follow_ups;  // Put into the outbox in the same transaction.
};

struct OutboxQuery {
  std::optional<EffectKind> kind;
  std::optional<OutboxState> state;
  std::optional<DeliveryId> delivery;
  std::optional<UserId> user;
  std::optional<EndpointId> endpoint;
  std::optional<OutboxId> before;  // Only older ones: the next page.
  std::size_t limit = 50;
};

// So many rows of one kind in one state.
using OutboxCounts = std::map<std::pair<EffectKind, OutboxState>, std::int64_t>;

// Any thread; any number of processes on one database. Each function is one transaction.
// Errors of all: unavailable, internal; others as named.
class OutboxStore {
 public:
  virtual ~OutboxStore() = default;

  virtual Result<std::vector<OutboxId>> enqueue(std::span<const NewEffect> effects, WallTime at) = 0;
  // Rows that are due and that nobody performs, or whose performer has let its lease run out; by time due. Each counts
  // one attempt more. No row is handed out twice while its lease lasts.
  virtual Result<std::vector<OutboxRow>> claim(const Claim& claim) = 0;
  // False: the row is somebody else's by now, or gone; nothing was written.
  virtual Result<bool> settle(OutboxId id, std::int64_t lease, const Settlement& settlement) = 0;
  // When the next row of these kinds is due or a lease on one runs out; empty: none waits.
  virtual Result<std::optional<WallTime>> next_due(std::span<const EffectKind> kinds) = 0;

  // Newest first.
  virtual Result<std::vector<OutboxRow>> outbox(const OutboxQuery& query) = 0;
  virtual Result<std::optional<OutboxRow>> find_effect(OutboxId id) = 0;
  // Oldest first; only the newest kAttemptsKept are kept.
  static constexpr std::size_t kAttemptsKept = 20;
  virtual Result<std::vector<OutboxAttempt>> attempts(OutboxId id) = 0;
  virtual Result<OutboxCounts> outbox_counts() = 0;

  // Makes the row due now, whatever its state, unless it is being performed; its attempts count anew.
  // Errors: not_found; conflict (it is being performed).
  virtual Result<void> retry_effect(OutboxId id, WallTime now) = 0;
  // The same for at most `limit` dead rows of this kind (and endpoint). Returns how many.
  virtual Result<std::size_t> retry_dead(EffectKind kind, std::optional<EndpointId> endpoint, WallTime now,
                                         std::size_t limit) = 0;
  // Deletes at most `batch` rows that are not waiting and were finished before `until`. Returns how many.
  virtual Result<std::size_t> trim_outbox(WallTime until, std::size_t batch) = 0;
};

}  // namespace postern
