// Runs incoming_webhook_processed after a delivery has been committed.
#pragma once

#include "base/clock.h"
#include "effects/performer.h"
#include "hooks/hooks.h"
#include "source/form.h"
#include "store/delivery_log.h"
#include "store/user_store.h"

#include <functional>

namespace postern {

// What the script emits becomes rows of kind `events`, each with an id that is the same whenever the script runs again:
// "evt_<delivery>_s1", "…_s2". A script that fails is tried again, by the rules of the lane; nothing that it emitted
// before it failed is kept.
class ProcessedPerformer final : public Performer {
 public:
  struct Parts {
    Hooks& hooks;
    DeliveryLog& deliveries;
    UserStore& users;
    // The webhook as scripts see it (hooks/script_values.h); nothing: it has been removed. Any thread.
    std::function<std::optional<std::string>(WebhookId)> webhook;
    FormLimits form;
    const Clock& clock;
  };
  // All parts must outlive it.
  explicit ProcessedPerformer(Parts parts) : parts_(std::move(parts)) {}

  Outcome perform(const OutboxRow& row) override;

 private:
  Result<Outcome> try_perform(const OutboxRow& row);
  Outcome outcome_of(const Delivery& delivery, ProcessedResult result) const;

  const Parts parts_;
};

}  // namespace postern
