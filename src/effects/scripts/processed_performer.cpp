#include "effects/scripts/processed_performer.h"

#include "hooks/script_values.h"
#include "source/script_data.h"

namespace postern {
namespace {

Outcome skipped(std::string why) {
  return {.kind = Outcome::Kind::skipped, .note = std::move(why)};
}

std::string emitted(std::size_t events) {
  if (events == 0) return "The script ran.";
  return "The script ran and emitted " + std::to_string(events) + (events == 1 ? " event." : " events.");
}

}  // namespace

Outcome ProcessedPerformer::perform(const OutboxRow& row) {
  Result<Outcome> done = try_perform(row);
  if (done) return *std::move(done);
  return {.kind = Outcome::Kind::retry, .note = done.error().message};
}

Result<Outcome> ProcessedPerformer::try_perform(const OutboxRow& row) {
  const std::optional<DeliveryId> id = row.effect.delivery;
  const std::optional<Delivery> delivery = id ? TRY(parts_.deliveries.find_delivery(*id)) : std::nullopt;
  if (!delivery) return skipped("The delivery has left the log.");
  const std::optional<User> user =
      delivery->user ? TRY(parts_.users.user_by_id(*delivery->user)) : std::optional<User>();
  if (!user) return skipped("The user has been removed.");
  const std::optional<std::string> webhook = parts_.webhook(delivery->webhook);
  if (!webhook) return skipped("The webhook has been removed.");
  if (!parts_.hooks.has(delivery->webhook, HookFunction::processed)) {
    return skipped("No script defines incoming_webhook_processed any more.");
  }
  ProcessedDelivery what{user_value(*user), *webhook, "{}", outcome_value(*delivery)};
  if (delivery->payload_complete) {
    what.payload = script_data(delivery->content_type, delivery->payload, parts_.form).json;
  }
  Result<ProcessedResult> result = parts_.hooks.processed(delivery->webhook, what);
  if (!result) return Error{result.error().code, "A script failed: " + result.error().message + ".", ""};
  return outcome_of(*delivery, *std::move(result));
}

Outcome ProcessedPerformer::outcome_of(const Delivery& delivery, ProcessedResult result) const {
  Outcome out{.kind = Outcome::Kind::done, .note = emitted(result.events.size()), .response = std::move(result.said)};
  for (EmittedEvent& event : result.events) {
    const std::string number = std::to_string(out.follow_ups.size() + 1);
    out.follow_ups.push_back({.kind = EffectKind::events,
                              .delivery = delivery.id,
                              .user = delivery.user,
                              .endpoint = {},
                              .event_type = std::move(event.type),
                              .event_id = "evt_" + to_text(delivery.id) + "_s" + number,
                              .data = std::move(event.data),
                              .due_at = parts_.clock.now()});
  }
  return out;
}

}  // namespace postern
