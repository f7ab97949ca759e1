// The performers of `events` and `event`: from a delivery to what is told about it, and from there to the endpoints.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "crypto/key_vault.h"
#include "effects/outgoing/events.h"
#include "effects/outgoing/sender.h"
#include "effects/performer.h"
#include "pipeline/catalog.h"
#include "store/delivery_log.h"
#include "store/endpoint_store.h"
#include "store/user_store.h"

namespace postern {

// Makes one row of kind `event` for each event of the row's delivery, or for the one that a script has emitted, and
// each endpoint that wants it. Made again from the same row, they have the same ids. Any thread.
class EventsPerformer final : public Performer {
 public:
  struct Parts {
    EndpointStore& endpoints;
    DeliveryLog& deliveries;
    UserStore& users;
    CatalogCache& catalog;
    const Clock& clock;
  };
  explicit EventsPerformer(Parts parts) : parts_(parts) {}
  Outcome perform(const OutboxRow& row) override;

 private:
  Result<Outcome> expand(const OutboxRow& row);
  Parts parts_;
};

// How an attempt to send an event to an endpoint went.
struct SendReport {
  bool arrived = false;  // A 2xx.
  OutgoingReply reply;
  std::string note;  // One plain sentence about it.
};

// Signs the event with every key of the endpoint that has not expired, and sends it.
// Errors: invalid (there is no key, or it was sealed with another key file): nothing is sent unsigned.
Result<SendReport> send_event(OutgoingSender& sender, const KeyVault& vault, const Endpoint& endpoint,
                              std::string_view id, std::string_view body, WallTime now);

// Sends one event to one endpoint and keeps account of how the endpoint does. Any thread.
class EventPerformer final : public Performer {
 public:
  struct Parts {
    EndpointStore& endpoints;
    OutgoingSender& sender;
    const KeyVault& vault;
    const Clock& clock;
    Log& log;
  };
  // An endpoint that has been failing for `pause_after` is paused.
  EventPerformer(Parts parts, std::chrono::seconds pause_after) : parts_(parts), pause_after_(pause_after) {}
  Outcome perform(const OutboxRow& row) override;

 private:
  Result<Outcome> send(const OutboxRow& row);
  Result<void> note_success(const Endpoint& endpoint, WallTime at);
  Result<void> note_failure(EndpointId id, WallTime at, const SendReport& report);
  Result<void> pause(Endpoint endpoint, const std::string& why);
  Parts parts_;
  const std::chrono::seconds pause_after_;
};

}  // namespace postern
