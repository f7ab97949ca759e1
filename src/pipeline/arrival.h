// A request on its way through the pipeline.
#pragma once

#include "base/clock.h"
#include "model/delivery.h"
#include "model/event.h"
#include "model/webhook.h"
#include "source/form.h"

#include <array>
#include <optional>
#include <string>

namespace postern {

// Made by the intake (or for a replay), decided and written by provision(), answered by render_reply().
struct Arrival {
  Delivery delivery;  // Known so far: where from, when, what body. The outcome is filled in by provision().
  std::optional<KeyHash> key_hash;  // Empty for a replay: then `delivery.webhook` names the webhook.
  Event event;
  std::string email_key;
  std::string password_hash;                             // Of event.password, if the person seemed to be new.
  std::optional<Rejection> fault;                        // What was found wrong before the store was asked.
  std::optional<std::array<std::byte, 16>> repeat_hash;  // Of the sender's Idempotency-Key.
  std::array<std::byte, 16> body_hash{};
  MonoTime started{};

  // Set by provision(), each time anew.
  bool unknown_webhook = false;        // No such key (any more); nothing is logged.
  bool effects = false;                // Something was put into the outbox.
  std::optional<Rejection> rejection;  // Why the delivery is refused: the fault, or a rule that said no.
  std::optional<Delivery> first;       // This is a repeat, and here is what it repeats.
};

}  // namespace postern
