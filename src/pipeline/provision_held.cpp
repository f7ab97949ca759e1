// What has to wait: for its webhook to be resumed, or behind others that do.
#include "pipeline/provision_batch.h"
#include "pipeline/rejections.h"

#include <unordered_map>

namespace postern {

// What has to wait: for its webhook to be resumed, or behind older requests that have waited and are being applied.
Result<void> Batch::find_held() {
  std::unordered_map<WebhookId, HeldTotal> totals;
  for (Item& item : items_) {
    Arrival& arrival = *item.arrival;
    if (!item.open() || arrival.releases) continue;
    const bool paused = item.webhook->state == WebhookState::paused;
    const auto known = totals.find(item.webhook->id);
    HeldTotal held = known != totals.end() ? known->second : TRY(transaction_.held_requests(item.webhook->id));
    if (!paused && held.requests == 0 && !arrival.unprepared) continue;
    arrival.rejection = refuse_to_hold(item, held);
    item.held = !arrival.rejection;
    if (!item.held) continue;
    ++held.requests;
    held.bytes += static_cast<std::int64_t>(arrival.sealed.size());
    totals[item.webhook->id] = held;
  }
  return {};
}

std::optional<Rejection> Batch::refuse_to_hold(const Item& item, const HeldTotal& held) const {
  const Arrival& arrival = *item.arrival;
  const bool paused = item.webhook->state == WebhookState::paused;
  if (paused && (policy_.held.requests == 0 || !arrival.key_hash)) return webhook_paused();
  // The webhook was paused after the intake had looked, and the body is gone: milliseconds, once in a pause.
  if (arrival.sealed.empty()) return held_too_late();
  const auto bytes = static_cast<std::int64_t>(arrival.sealed.size());
  if (held.requests >= policy_.held.requests || held.bytes + bytes > policy_.held.bytes) return held_full();
  return std::nullopt;
}

void Batch::note_held(const Item& item, Change& change) const {
  Arrival& arrival = *item.arrival;
  Delivery& delivery = arrival.delivery;
  delivery.status = DeliveryStatus::held;
  delivery.http_status = 200;
  delivery.message =
      item.webhook->state == WebhookState::paused
          ? "The webhook is paused: the request is kept and will be applied when the webhook is resumed"
          : "Older requests that were held are being applied: this one is kept and will be applied after them";
  delivery.scripts.clear();  // They are run when it is applied.
  change.held = arrival.sealed;
  change.held_email_key = arrival.email_key;
  remember_repeat(item, change);
}

}  // namespace postern
