// Sends a stored delivery through the pipeline again, as of now.
#pragma once

#include "base/clock.h"
#include "pipeline/catalog.h"
#include "pipeline/provision.h"
#include "store/store.h"

namespace postern {

struct ReplayOptions {
  bool dry_run = false;  // Decide and report, change nothing, log nothing.
  ProvisionPolicy policy;
  FormLimits form;
};

// Returns the new delivery (of a dry run: the one that would have been written). It is decided with the webhook, the
// spaces and the person as they are now; a password is not stored and so not replayed; neither is the Idempotency-Key,
// since a replay is wanted.
// Errors: not_found (no such delivery), invalid (its payload was not kept whole; its webhook is gone), those of the
// store.
Result<Delivery> replay(Store& store, const Clock& clock, DeliveryId id, const ReplayOptions& options);

}  // namespace postern
