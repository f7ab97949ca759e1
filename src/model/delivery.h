// One HTTP request that reached a webhook: what was asked, what was decided and why, what was answered.
#pragma once

#include "base/clock.h"
#include "model/ids.h"
#include "model/space.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// processed: done (also when there was nothing to do). rejected: the request was at fault, or a rule said no (4xx).
// failed: we were at fault (5xx). duplicate: a repeat of an earlier delivery, nothing changed. ignored: an event that
// means nothing here. stale: older than what has been applied for the same person and order. held: the webhook is
// paused; it will be applied when that ends. The last three changed nothing and were answered with 200.
enum class DeliveryStatus { processed, rejected, failed, duplicate, ignored, stale, held };
inline constexpr std::array kDeliveryStatuses{
    DeliveryStatus::processed, DeliveryStatus::rejected, DeliveryStatus::failed, DeliveryStatus::duplicate,
    DeliveryStatus::ignored,   DeliveryStatus::stale,    DeliveryStatus::held};

// What became of one space or course.
enum class EffectResult {
  added,             // Is a member now, was not before.
  already_member,    // Was an active member before; nothing changed.
  activated,         // Was pending, is active now.
  pending_approval,  // The space wants each request approved: the membership waits.
  blocked,           // Is blocked there, and stays blocked.
  removed,           // Was a member, is none now.
  not_member,        // Was no member; there was nothing to remove.
  protected_,        // An administrator of the site: never removed by a delivery.
  not_found,         // The webhook names a space that does not exist any more.
  unavailable,       // The space is archived: nobody is added.
};

struct SpaceOutcome {
  SpaceId space;
  SpaceKind kind = SpaceKind::space;
  std::string slug;  // At the time of the delivery; empty if not_found.
  EffectResult result = EffectResult::added;
  bool operator==(const SpaceOutcome&) const = default;
};

enum class Dialect { rest, plugin };

// queued: it was put into the outbox. no_mail_server: it was wanted, and there is no way to send it.
enum class WelcomeEmail { not_wanted, queued, no_mail_server };

// A row of the delivery log.
struct Delivery {
  DeliveryId id;
  WallTime received_at{};
  WebhookId webhook;
  KeyId key;  // 0 for a replay.
  Dialect dialect = Dialect::rest;
  std::string remote_ip;
  std::string content_type;
  std::string payload;  // The body, secrets redacted; see source/redact.h.
  // Of the head: the headers that the webhook's source reads as "name: value" lines, and "?" with the parameters if it
  // reads any. Never a proof. Empty for a form.
  std::string request_head;
  std::int64_t body_bytes = 0;   // Of the body as received.
  bool payload_complete = true;  // False if the payload was cut or could not be kept: it cannot be replayed.
  std::string event;             // The sender's event type; empty for a plain form.
  std::string email;             // As sent, if it could be read.
  DeliveryStatus status = DeliveryStatus::processed;
  int http_status = 200;
  std::string code;     // Of an error, e.g. invalid_email; empty on success.
  std::string message;  // The plain sentence that also stands in the reply.
  std::optional<UserId> user;
  bool user_created = false;
  WelcomeEmail welcome_email = WelcomeEmail::not_wanted;
  std::vector<SpaceOutcome> outcomes;     // In the order in which they were applied.
  std::chrono::microseconds duration{0};  // From the complete request to just before the commit.
  std::optional<DeliveryId> replay_of;
  std::optional<DeliveryId> duplicate_of;
  std::optional<WallTime> held_until;  // It was held, and applied then.
  std::string scripts;  // What the operator's scripts did with it, in plain sentences; empty: nothing to tell.
  bool operator==(const Delivery&) const = default;
};

std::string_view to_word(DeliveryStatus status);
std::string_view to_word(EffectResult result);
std::string_view to_word(Dialect dialect);
std::optional<DeliveryStatus> parse_delivery_status(std::string_view word);
std::optional<EffectResult> parse_effect_result(std::string_view word);
std::optional<Dialect> parse_dialect(std::string_view word);

// One sentence for people: why did this happen? `title` names the space or course.
std::string explain(EffectResult result, std::string_view title);
// The same of the welcome e-mail; empty if none was wanted.
std::string_view explain(WelcomeEmail welcome_email);

}  // namespace postern
