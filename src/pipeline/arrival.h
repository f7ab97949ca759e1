// A request on its way through the pipeline.
#pragma once

#include "base/clock.h"
#include "model/delivery.h"
#include "model/event.h"
#include "model/user.h"
#include "model/webhook.h"
#include "source/form.h"

#include <array>
#include <memory>
#include <optional>
#include <string>

namespace postern {

struct ScriptInput;

// Made by the intake (or for a replay), decided and written by provision(), answered by render_reply().
struct Arrival {
  Delivery delivery;  // Known so far: where from, when, what body. The outcome is filled in by provision().
  std::optional<KeyHash> key_hash;  // Empty for a replay: then `delivery.webhook` names the webhook.
  Event event;
  std::string email_key;
  std::string password_hash;                             // Of event.password, if the person seemed to be new.
  std::optional<Rejection> fault;                        // What was found wrong before the store was asked.
  std::optional<std::array<std::byte, 16>> repeat_hash;  // Of the sender's Idempotency-Key, or of the event's id.
  std::array<std::byte, 16> body_hash{};
  MonoTime started{};
  bool always_200 = false;  // The sender takes any other status as a reason to give up on the webhook.
  std::string row_note;     // Of one that is refused: what the message in the log says beyond that of the reply.

  // Of a request that is or may have to be held while its webhook is paused, see pipeline/held_request.h.
  std::string sealed;       // The whole request; empty: it cannot be held.
  bool unprepared = false;  // Its webhook seemed to be paused: scripts and hash are left for the release, so hold it.
  bool releases = false;    // It was held before, and `delivery` has its number.

  // Of the operator's scripts, see pipeline/script_step.h.
  std::shared_ptr<const ScriptInput> script_input;  // They are still to be run, with this; null: there are none.
  std::optional<Rejection> script_rejection;        // They refuse it. A repeat gets its first reply all the same.
  bool user_data_skipped = false;  // They were not asked about the new user, since somebody had the address.
  bool processed_hook = false;     // They want to know when it has been processed and committed.
  std::string display_name;        // Of the new user; empty: made of the names.
  std::string user_role{kDefaultUserRole};
  std::string user_meta;

  // Set by provision(), each time anew.
  bool email_looked_up = false;        // The event named the person by number; its e-mail was found in the store.
  bool unknown_webhook = false;        // No such key (any more); nothing is logged.
  bool still_held = false;             // Of one that `releases`: the webhook is paused again, nothing was written.
  bool effects = false;                // Something was put into the outbox.
  std::optional<Rejection> rejection;  // Why the delivery is refused: the fault, or a rule that said no.
  std::optional<Delivery> first;       // This is a repeat, and here is what it repeats.
};

}  // namespace postern
