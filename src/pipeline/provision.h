// A batch of deliveries from facts to rows: the heart of the pipeline. The server's committer, the CLI's replay and
// the golden tests all run this same code.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "pipeline/arrival.h"
#include "pipeline/catalog.h"
#include "pipeline/choose_logins.h"
#include "store/transaction.h"

#include <span>

namespace postern {

// Of what is kept for one webhook while it is paused.
struct HeldLimits {
  std::int64_t requests = 100'000;  // 0: nothing is held, and a paused webhook answers 503.
  std::int64_t bytes = 1024L * 1024 * 1024;
};

struct ProvisionPolicy {
  bool create_users = true;  // False: an unknown address is refused with user_creation_disabled.
  bool mail_server = false;  // False: there is no way to send a welcome e-mail; deliveries say so.
  HeldLimits held;
};

// Decides every arrival in order, with the facts as the ones before it leave them, and writes all of them into
// `transaction`; the caller commits. Afterwards each arrival's `delivery` says what happened (status, code, message,
// outcomes, id), or `unknown_webhook` is set. One for a paused webhook is held if it can be, as is one that has others
// before it which are. A delivery that is refused by a rule is not an error here.
// Errors: those of Transaction; nothing may be acknowledged then, and the
// hints have to be forgotten.
Result<void> provision(Transaction& transaction, const Catalog& catalog, const ProvisionPolicy& policy,
                       const Clock& clock, LoginHints& hints, std::span<Arrival* const> arrivals);

}  // namespace postern
