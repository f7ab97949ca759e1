#include "pipeline/replay.h"

#include "pipeline/intake.h"

namespace postern {

Result<Delivery> replay(Store& store, const Clock& clock, DeliveryId id, const ReplayOptions& options) {
  const std::optional<Delivery> stored = TRY(store.find_delivery(id));
  if (!stored) return Error{Errc::not_found, "There is no delivery " + to_text(id) + ". It may have left the log.", ""};
  if (!stored->payload_complete) {
    return Error{Errc::invalid,
                 "Delivery " + to_text(id) +
                     " cannot be replayed: its body was not kept whole in the log. Ask the sender to send it again.",
                 ""};
  }
  Arrival arrival;
  arrival.started = clock.mono();
  arrival.delivery.received_at = clock.now();
  arrival.delivery.webhook = stored->webhook;
  arrival.delivery.dialect = stored->dialect;
  arrival.delivery.remote_ip = stored->remote_ip;
  arrival.delivery.content_type = stored->content_type;
  arrival.delivery.payload = stored->payload;
  arrival.delivery.body_bytes = stored->body_bytes;
  arrival.delivery.replay_of = stored->id;
  read_event(stored->content_type, "", stored->payload, options.form, arrival);
  // What stands in the stored payload instead of the password is not one.
  arrival.event.password = Secret();

  const std::unique_ptr<CatalogCache> cache = TRY(CatalogCache::create(store));
  const std::unique_ptr<Transaction> transaction = TRY(store.begin());
  const auto catalog = TRY(cache->at_generation(transaction->catalog_generation()));
  Arrival* const arrivals[] = {&arrival};
  LoginHints hints;
  TRY(provision(*transaction, *catalog, options.policy, clock, hints, arrivals));
  if (arrival.unknown_webhook) {
    return Error{Errc::invalid, "Delivery " + to_text(id) + " cannot be replayed: its webhook has been removed.", ""};
  }
  if (!options.dry_run) TRY(transaction->commit());
  return std::move(arrival.delivery);
}

}  // namespace postern
