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

struct ProvisionPolicy {
  bool create_users = true;  // False: an unknown address is refused with user_creation_disabled.
  bool mail_server = false;  // False: there is no way to send a welcome e-mail; deliveries say so.
};

// Decides every arrival in order, with the facts as the ones before it leave them, and writes all of them into
// `transaction`; the caller commits. Afterwards each arrival's `delivery` says what happened (status, code, message,
// outcomes, id), or `unknown_webhook` is set. A delivery that is refused by a rule is not an error here.
// Errors: those of Transaction; nothing may be acknowledged then, and the
// hints have to be forgotten.
Result<void> provision(Transaction& transaction, const Catalog& catalog, const ProvisionPolicy& policy,
                       const Clock& clock, LoginHints& hints, std::span<Arrival* const> arrivals);

}  // namespace postern
