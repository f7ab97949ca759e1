// What happens outside the store after commit: a mail, an operator's script, an outgoing event. Each is a row of the
// outbox, committed together with what caused it.
#pragma once

#include "base/clock.h"
#include "model/ids.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

struct EndpointTag;
using EndpointId = Id<EndpointTag>;

enum class EffectKind {
  welcome_email,   // To the user whom the delivery created.
  password_email,  // To a user who has forgotten the password.
  processed_hook,  // The operator's script incoming_webhook_processed, after the delivery.
  events,          // Makes one `event` for each thing the delivery did and each endpoint that wants to know it.
  event,           // One outgoing event to one endpoint.
};

// waiting: due at `due_at`, or being performed until its lease ends. done: performed. dead: given up; an operator may
// try again. skipped: there was nothing to do any more, `note` says why.
enum class OutboxState { waiting, done, dead, skipped };

// What is put into the outbox.
struct NewEffect {
  EffectKind kind = EffectKind::welcome_email;
  std::optional<DeliveryId> delivery;  // What caused it; empty: not a delivery.
  std::optional<UserId> user;
  std::optional<EndpointId> endpoint;  // Of `event`.
  std::string event_type;              // Of `event`: "membership.added".
  std::string event_id;                // Of `event`: the same at every try and for every endpoint.
  std::string data;                    // Of `event`: the JSON body as it is sent.
  WallTime due_at{};
  bool operator==(const NewEffect&) const = default;
};

// A row of the outbox.
struct OutboxRow {
  OutboxId id;
  NewEffect effect;  // `effect.due_at`: when it is due next; while it is being performed, when the lease ends.
  OutboxState state = OutboxState::waiting;
  int attempts = 0;  // Begun so far, the one that is running included.
  std::string note;  // What came of the last attempt, in plain words.
  WallTime created_at{};
  std::optional<WallTime> finished_at;
  std::int64_t lease = 0;  // Proves that a row is still its performer's; 0: nobody performs it.
  bool operator==(const OutboxRow&) const = default;
};

// One try to perform an effect.
struct OutboxAttempt {
  WallTime at{};
  std::chrono::milliseconds duration{0};
  bool ok = false;
  int status = 0;        // That the other side answered (HTTP or SMTP); 0: none.
  std::string note;      // What came of it, in plain words; never a secret.
  std::string response;  // The beginning of what the other side answered.
  bool operator==(const OutboxAttempt&) const = default;
};

std::string_view to_word(EffectKind kind);
std::string_view to_word(OutboxState state);
std::optional<EffectKind> parse_effect_kind(std::string_view word);
std::optional<OutboxState> parse_outbox_state(std::string_view word);

}  // namespace postern
