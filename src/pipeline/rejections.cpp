#include "pipeline/rejections.h"

namespace postern {

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

Rejection webhook_paused() {
  return {503, "unavailable",
          "This webhook is paused by its operator; nothing was changed. Send the request again later."};
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
  if (rejection.status == 429) return 5;
  if (rejection.status != 503) return 0;
  return rejection.message == webhook_paused().message ? 300 : 2;
}

}  // namespace postern
