#include "effects/outgoing/performers.h"

#include "base/utf8.h"
#include "crypto/event_signature.h"

#include <boost/json.hpp>

#include <algorithm>

namespace postern {
namespace {

namespace json = boost::json;

constexpr std::size_t kKeptResponseBytes = 2048;  // Of each attempt.
constexpr std::size_t kMaxNoteBytes = 500;
constexpr std::chrono::hours kLongestWait{24};     // That a receiver may ask for.
constexpr std::chrono::minutes kSuccessIsNews{1};  // How exactly the last success is known.
constexpr int kGone = 410;

Outcome skipped(std::string note) {
  return {.kind = Outcome::Kind::skipped, .note = std::move(note)};
}
Outcome dead(std::string note) {
  return {.kind = Outcome::Kind::dead, .note = std::move(note)};
}
Outcome retry(const Error& error) {
  return {.kind = Outcome::Kind::retry, .note = error.message};
}

// Goes into a header.
bool is_plain_id(std::string_view id) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  return !id.empty() && id.size() <= 100 && std::all_of(id.begin(), id.end(), plain);
}

bool is_our_own(std::string_view type) {
  const auto same = [&](const EventType& each) { return each.type == type; };
  return type == kTestEventType || std::any_of(event_types().begin(), event_types().end(), same);
}

// The event that a script has emitted, or what is wrong with it.
Result<OutgoingEvent> emitted_event(const OutboxRow& row) {
  const NewEffect& effect = row.effect;
  if (!is_event_type(effect.event_type)) {
    return Error{Errc::invalid,
                 "A script emitted an event whose type is no name such as 'order.paid': up to 100 of a-z, 0-9, _ and "
                 "dots.",
                 ""};
  }
  if (is_our_own(effect.event_type)) {
    return Error{
        Errc::invalid,
        "A script emitted '" + effect.event_type + "', which only Postern itself may say. Let it choose another type.",
        ""};
  }
  json::error_code error;
  const json::value data = json::parse(effect.data.empty() ? "{}" : effect.data, error);
  if (error || !data.is_object()) {
    return Error{Errc::invalid, "A script emitted '" + effect.event_type + "' with data that is no JSON object.", ""};
  }
  const std::string id = is_plain_id(effect.event_id) ? effect.event_id : "evt_o" + std::to_string(row.id.value);
  return OutgoingEvent{effect.event_type, id, event_body(effect.event_type, row.created_at, data.as_object())};
}

std::string in_words(const OutgoingReply& reply) {
  if (reply.status == 0) return reply.problem;
  const std::string status = std::to_string(reply.status);
  if (reply.status >= 200 && reply.status < 300) return "The receiver took it (" + status + ").";
  if (reply.status >= 300 && reply.status < 400) {
    return "The receiver answered " + status +
           ", a redirect, which is not followed. Give the endpoint the URL where it leads.";
  }
  if (reply.status == kGone) return "The receiver answered 410: it wants no more events.";
  return "The receiver answered " + status + ".";
}

}  // namespace

Outcome EventsPerformer::perform(const OutboxRow& row) {
  Result<Outcome> outcome = expand(row);
  return outcome ? *std::move(outcome) : retry(outcome.error());
}

Result<Outcome> EventsPerformer::expand(const OutboxRow& row) {
  const std::vector<Endpoint> endpoints = TRY(parts_.endpoints.endpoints());
  if (endpoints.empty()) return skipped("There is no endpoint any more.");
  std::vector<OutgoingEvent> events;
  if (!row.effect.event_type.empty()) {
    Result<OutgoingEvent> emitted = emitted_event(row);
    if (!emitted) return dead(emitted.error().message);
    events.push_back(*std::move(emitted));
  } else {
    if (!row.effect.delivery) return dead("It names no delivery.");
    const std::optional<Delivery> delivery = TRY(parts_.deliveries.find_delivery(*row.effect.delivery));
    if (!delivery) return skipped("The delivery has left the log.");
    std::optional<User> user;
    if (delivery->user) user = TRY(parts_.users.user_by_id(*delivery->user));
    // Who has been erased is not told about.
    if (delivery->user && !user && delivery->email.empty()) return skipped("The person has been erased.");
    const auto catalog = TRY(parts_.catalog.refresh());
    events = events_of(*delivery, user, catalog->data());
  }
  Outcome out;
  const WallTime now = parts_.clock.now();
  for (const OutgoingEvent& event : events) {
    for (const Endpoint& endpoint : endpoints) {
      if (!endpoint.wants(event.type)) continue;
      out.follow_ups.push_back({.kind = EffectKind::event,
                                .delivery = row.effect.delivery,
                                .user = row.effect.user,
                                .endpoint = endpoint.id,
                                .event_type = event.type,
                                .event_id = event.id,
                                .data = event.body,
                                .due_at = now});
    }
  }
  if (out.follow_ups.empty()) return skipped("No endpoint wants to know.");
  const std::size_t n = out.follow_ups.size();
  out.note = n == 1 ? "1 event for endpoints." : std::to_string(n) + " events for endpoints.";
  return out;
}

Result<SendReport> send_event(OutgoingSender& sender, const KeyVault& vault, const Endpoint& endpoint,
                              std::string_view id, std::string_view body, WallTime now) {
  const std::int64_t seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  std::string signatures;
  for (const EndpointKey& key : endpoint.keys) {
    if (key.expires_at && *key.expires_at <= now) continue;
    const Secret secret = TRY(vault.unseal(key.sealed));
    signatures += (signatures.empty() ? "" : " ") + TRY(sign_event(secret, id, seconds, body));
  }
  if (signatures.empty()) {
    return Error{Errc::invalid, "The endpoint has no key to sign with. Rotate it to make one.", ""};
  }
  SendReport report;
  report.reply = sender.send({.url = endpoint.url,
                              .headers = {{"Content-Type", "application/json"},
                                          {"webhook-id", std::string(id)},
                                          {"webhook-timestamp", std::to_string(seconds)},
                                          {"webhook-signature", signatures}},
                              .body = body});
  report.arrived = report.reply.status >= 200 && report.reply.status < 300;
  report.note = utf8::sanitized(utf8::cut(in_words(report.reply), kMaxNoteBytes));
  report.reply.response = utf8::sanitized(utf8::cut(report.reply.response, kKeptResponseBytes));
  return report;
}

Outcome EventPerformer::perform(const OutboxRow& row) {
  Result<Outcome> outcome = send(row);
  return outcome ? *std::move(outcome) : retry(outcome.error());
}

Result<Outcome> EventPerformer::send(const OutboxRow& row) {
  const NewEffect& effect = row.effect;
  const std::optional<Endpoint> endpoint = TRY(parts_.endpoints.find_endpoint(effect.endpoint.value_or(EndpointId{})));
  if (!endpoint) return skipped("The endpoint was removed.");
  if (endpoint->paused) return dead("Nothing was sent: the endpoint is paused. It is sent when it is resumed.");
  Result<SendReport> sent =
      send_event(parts_.sender, parts_.vault, *endpoint, effect.event_id, effect.data, parts_.clock.now());
  if (!sent) return dead("Nothing was sent. " + sent.error().message);
  const WallTime after = parts_.clock.now();
  const OutgoingReply& reply = sent->reply;
  // Whether the account could be kept or not: the attempt is over, and has to be written down.
  const Result<void> noted = sent->arrived ? note_success(*endpoint, after) : note_failure(endpoint->id, after, *sent);
  if (!noted) parts_.log.warn("endpoint.not_noted", {{"endpoint", endpoint->id.value}, {"why", noted.error().message}});
  Outcome out{.kind = Outcome::Kind::retry, .note = sent->note, .status = reply.status, .response = reply.response};
  if (sent->arrived) out.kind = Outcome::Kind::done;
  if (reply.status == kGone) out.kind = Outcome::Kind::dead;
  if (reply.retry_after && !sent->arrived) {
    out.wait = std::min<std::chrono::seconds>(*reply.retry_after, kLongestWait);
  }
  return out;
}

// A success of every event is no news: the row is written when it says something.
Result<void> EventPerformer::note_success(const Endpoint& endpoint, WallTime at) {
  const auto& last = endpoint.health.last_success_at;
  if (last && at - *last < kSuccessIsNews && !endpoint.health.failing_since) return {};
  if (endpoint.health.failing_since) parts_.log.info("endpoint.works_again", {{"endpoint", endpoint.id.value}});
  return parts_.endpoints.record_success(endpoint.id, at);
}

Result<void> EventPerformer::note_failure(EndpointId id, WallTime at, const SendReport& report) {
  TRY(parts_.endpoints.record_failure(id, at, report.note));
  const std::optional<Endpoint> endpoint = TRY(parts_.endpoints.find_endpoint(id));
  if (!endpoint || endpoint->paused) return {};
  if (report.reply.status == kGone) return pause(*endpoint, report.note);
  const auto& since = endpoint->health.failing_since;
  if (!since || at - *since < pause_after_) return {};
  return pause(*endpoint, "Nothing has arrived for a long time. The last attempt: " + report.note);
}

Result<void> EventPerformer::pause(Endpoint endpoint, const std::string& why) {
  endpoint.paused = true;
  endpoint.health.problem = why;
  const Result<void> written = parts_.endpoints.update_endpoint(endpoint);
  // Somebody has changed the endpoint at the same moment, or paused it: the next failure looks again.
  if (!written && written.error().code == Errc::conflict) return {};
  TRY(written);
  parts_.log.error("endpoint.paused", {{"endpoint", endpoint.id.value}, {"why", why}});
  return {};
}

}  // namespace postern
