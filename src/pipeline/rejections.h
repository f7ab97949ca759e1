// The refusals that are decided in the pipeline: status, code, and a sentence that says what to do.
#pragma once

#include "base/clock.h"
#include "source/form.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace postern {

Rejection unknown_webhook();
Rejection webhook_disabled(bool key_expired);
// The webhook was meant to work until then and no longer.
Rejection webhook_expired(WallTime expired_at);
// Paused, and nothing is held (limits.held_requests is 0), or the request came from an operator.
Rejection webhook_paused();
// Paused, and as much is held already as may be.
Rejection held_full();
// Paused or resumed in this very moment.
Rejection held_too_late();
// It was held, and cannot be read any more.
Rejection held_unreadable();
// It was held, and its webhook is gone.
Rejection webhook_removed();
// `address`: as we see it.
Rejection ip_not_allowed(const std::string& address);
Rejection rate_limited(bool of_address, std::uint32_t per_minute, std::chrono::seconds wait);
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
