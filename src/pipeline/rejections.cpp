#include "pipeline/rejections.h"

#include "base/time_text.h"

#include <algorithm>

namespace postern {
namespace {

constexpr int kUntilResumed = 300;  // Seconds; nobody knows how long a pause takes.

}  // namespace

Rejection unknown_webhook() {
  return {404, "unknown_webhook",
          "No webhook has this URL. It may have been mistyped, cut off or removed; copy it again from the webhook's "
          "setup."};
}

Rejection webhook_disabled(bool key_expired) {
  if (key_expired) {
    return {
        410, "webhook_disabled",
        "This URL was replaced by a new one and its grace period is over. Put the webhook's new URL into the sender."};
  }
  return {410, "webhook_disabled", "This webhook has been switched off for good. Stop sending to it."};
}

Rejection webhook_expired(WallTime expired_at) {
  return {410, "webhook_disabled",
          "This webhook was meant to work until " + to_rfc3339(expired_at) +
              " and has been switched off since. Stop sending to it, or ask its operator to set a later date."};
}

Rejection webhook_paused() {
  return {503, "unavailable",
          "This webhook is paused by its operator; nothing was changed. Send the request again later.", kUntilResumed};
}

Rejection held_full() {
  return {
      503, "unavailable",
      "This webhook is paused by its operator, and as many requests are kept for it as may be; this one was not, and "
      "nothing was changed. Send it again later.",
      kUntilResumed};
}

Rejection held_too_late() {
  return {503, "unavailable",
          "This webhook is being paused or resumed in this moment; nothing was changed. Send the request again.", 1};
}

Rejection held_unreadable() {
  return {
      400, "held_unreadable",
      "The request was held, and what was kept of it cannot be read: it was sealed with another key file, or has been "
      "altered. Nothing was changed. Ask the sender to send it again."};
}

Rejection webhook_removed() {
  return {404, "unknown_webhook", "The webhook was removed while the request was held; nothing was changed."};
}

Rejection ip_not_allowed(const std::string& address) {
  return {403, "ip_not_allowed",
          "The request came from " + address +
              ", which is not among the addresses that may use this webhook; nothing was changed. If it should be, its "
              "operator can add it to the webhook's allow-list."};
}

Rejection rate_limited(bool of_address, std::uint32_t per_minute, std::chrono::seconds wait) {
  const std::string limit = std::to_string(per_minute);
  const std::string seconds = std::to_string(wait.count());
  return {429, "rate_limited",
          "Too many requests: this webhook takes " + limit + " a minute" + (of_address ? " from one address" : "") +
              "; nothing was changed. Send this one again in " + seconds +
              (wait.count() == 1 ? " second." : " seconds."),
          static_cast<int>(std::min<std::chrono::seconds::rep>(wait.count(), 24L * 3600))};
}

Rejection https_required() {
  return {403, "https_required",
          "The request came over plain HTTP, which shows the secret in the URL to everybody on the way. Use https://."};
}

Rejection method_not_allowed() {
  return {405, "method_not_allowed", "A webhook takes POST requests only."};
}

Rejection user_creation_disabled() {
  return {403, "user_creation_disabled",
          "Nobody has this e-mail address, and creating users is switched off (users.create). Create the user first."};
}

Rejection names_too_long() {
  return {400, "invalid_field",
          "first_name and last_name are longer than 250 characters together, the most a display name can have. Send "
          "shorter names."};
}

Rejection invalid_signature(const std::string& reason) {
  return {401, "invalid_signature", reason};
}

Rejection source_unusable() {
  return {503, "unavailable",
          "This webhook's source cannot be used right now; nothing was changed. Its operator sees why with: postern "
          "webhook show."};
}

Rejection no_email_in_event() {
  return {400, "missing_email",
          "The event names nobody: there is no e-mail address where this source looks for one. Send it, or ignore "
          "events of this type."};
}

Rejection unknown_person_number(const std::string& number) {
  return {400, "missing_email",
          "The event has no e-mail address, and no event before it has told whose number '" + number +
              "' is. Let the sender also send the events that carry both."};
}

Rejection no_event() {
  return {400, "malformed_body", "The body holds an empty list of events, so there is nothing to do."};
}

Rejection idempotency_key_reused() {
  return {422, "idempotency_key_reused",
          "This Idempotency-Key came before with another body. Use a new key for each new request."};
}

Rejection rejected_by_script(const std::string& reason) {
  return {403, "rejected", reason.empty() ? "The rules of this site refuse the request; nothing was changed." : reason};
}

Rejection script_failed() {
  return {
      403, "rejected",
      "A script of this site failed while it looked at the request, so the request is refused; nothing was changed. "
      "Its operator has to mend it; send the request again afterwards."};
}

Rejection overloaded() {
  return {503, "unavailable", "More requests are waiting than can be kept; nothing was changed. Send it again later."};
}

Rejection store_unavailable() {
  return {503, "unavailable",
          "The store cannot be written right now; nothing was changed. Send the request again later."};
}

Rejection internal_error() {
  return {500, "internal", "Something went wrong on our side; nothing was changed. The operator's log says more."};
}

int retry_after_seconds(const Rejection& rejection) {
  if (rejection.retry_after_seconds != 0) return rejection.retry_after_seconds;
  return rejection.status == 503 ? 2 : 0;
}

}  // namespace postern
