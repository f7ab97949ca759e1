// The refusals that are decided in the pipeline: status, code, and a sentence that says what to do.
#pragma once

#include "source/form.h"

namespace postern {

Rejection unknown_webhook();
Rejection webhook_disabled(bool key_expired);
Rejection webhook_paused();
Rejection https_required();
Rejection method_not_allowed();
Rejection user_creation_disabled();
Rejection names_too_long();
// `reason`: what verify() says.
Rejection invalid_signature(const std::string& reason);
Rejection source_unusable();
Rejection no_email_in_event();
// The sender numbers the person, and no event before has told whose number that is.
Rejection unknown_person_number(const std::string& number);
Rejection no_event();
Rejection idempotency_key_reused();
// `reason`: the script's own; empty: it gives none.
Rejection rejected_by_script(const std::string& reason);
Rejection script_failed();
Rejection overloaded();
Rejection store_unavailable();
Rejection internal_error();

// Seconds for Retry-After; 0: waiting does not help.
int retry_after_seconds(const Rejection& rejection);

}  // namespace postern
