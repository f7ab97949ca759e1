#include "pipeline/intake.h"

#include "pipeline/held_request.h"
#include "pipeline/read_request.h"
#include "pipeline/rejections.h"
#include "pipeline/reply.h"

namespace postern {
namespace {

constexpr std::size_t kMaxIdempotencyKeyBytes = 255;

// Why the request is refused before its body is looked at.
std::optional<Rejection> refuse_head(const http::Request& request, const Client& client, bool insecure_http) {
  if (!client.secure && !insecure_http) return https_required();
  if (request.method != "POST") return method_not_allowed();
  if (request.refusal) {
    return Rejection{request.refusal->status, request.refusal->code, std::string(request.refusal->message)};
  }
  const std::string_view key = request.header("idempotency-key").value_or("");
  if (key.size() > kMaxIdempotencyKeyBytes) {
    return Rejection{400, "invalid_field", "The Idempotency-Key is longer than 255 bytes. Send a shorter one."};
  }
  return std::nullopt;
}

// The URL as the sender knows it: some sign it.
std::string public_url(const http::Request& request, const Client& client, const std::string& known) {
  std::string out = known;
  while (out.ends_with('/')) out.pop_back();
  if (out.empty()) {
    out = client.tls ? "https://" : "http://";
    out += request.header("host").value_or("");
  }
  out += request.path;
  if (!request.query.empty()) out += "?" + std::string(request.query);
  return out;
}

}  // namespace

bool Intake::take(const http::Request& request, http::Exchange& exchange) {
  const auto route = route_webhook(request.path, request.query);
  if (!route) return false;
  if (request.method == "OPTIONS") {
    answer_options(exchange);
    return true;
  }
  if (request.method == "HEAD") {  // So shops ask whether there is somebody at the URL; it tells nothing of the key.
    exchange.reply({});
    return true;
  }
  const Client client = identify_client(request, policy_.trusted_proxies);
  const KeyHash hash = parts_.vault.hash(route->key);
  const auto head_rejection = refuse_head(request, client, policy_.insecure_http);
  const Result<std::optional<Found>> known = find_webhook(hash);
  if (!known || !*known) {
    // Whether a key exists is told to nobody who may not use it.
    const Rejection rejection = head_rejection ? *head_rejection : known ? unknown_webhook() : store_unavailable();
    if (known) {
      parts_.metrics.unknown_keys.add();
    } else {
      parts_.log.error("store.read_failed", {{"message", known.error().message}, {"detail", known.error().detail}});
    }
    exchange.reply(render_rejection(route->dialect, rejection));
    return true;
  }
  const Catalog::Match& match = (*known)->match;
  auto refused = parts_.protection.refuse(*match.webhook, client, parts_.clock);
  // What an unknown key would be told comes first, so that nobody learns which keys there are.
  std::optional<Rejection> fault = head_rejection;
  if (refused && !fault) fault = refused->rejection;
  if (refused && !refused->leaves_row) {
    exchange.reply(render_rejection(route->dialect, *fault));
    return true;
  }
  Arrival arrival = make_arrival(request, *route, client);
  arrival.key_hash = hash;
  arrival.fault = std::move(fault);
  if (refused) arrival.row_note = std::move(refused->row_note);
  if (match.source != nullptr && !arrival.fault) {
    submit_all(read_events(request, client, match, std::move(arrival)), request, client, match, std::move(exchange));
    return true;
  }
  if (!arrival.fault) read_form_body(request, arrival);
  Pending pending{std::move(arrival), std::move(exchange)};
  submit(pending, request, client, match);
  return true;
}

// Of a webhook with a source: what the request says, one arrival for each event.
std::vector<Arrival> Intake::read_events(const http::Request& request, const Client& client,
                                         const Catalog::Match& match, Arrival base) const {
  const std::string url = public_url(request, client, policy_.public_url);
  const SignedRequest signed_request{request.method, url, request.headers, request.query, request.body};
  keep_payload(match.source, request.body, policy_.form, policy_.payload_bytes, base.delivery);
  std::vector<Arrival> out = read_request(*match.webhook, *match.source, signed_request,
                                          {.limits = policy_.form, .now = base.delivery.received_at}, base);
  // What the sender says of one event counts before what it says of the request.
  if (out.size() == 1 && !out.front().repeat_hash) note_idempotency_key(request, out.front());
  return out;
}

void Intake::submit_all(std::vector<Arrival> arrivals, const http::Request& request, const Client& client,
                        const Catalog::Match& match, http::Exchange exchange) {
  if (arrivals.size() == 1) {
    Pending pending{std::move(arrivals.front()), std::move(exchange)};
    submit(pending, request, client, match);
    return;
  }
  const auto group =
      std::make_shared<ReplyGroup>(std::move(exchange), arrivals.front().delivery.dialect, arrivals.size());
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    Pending pending{std::move(arrivals[i]), {}, group, i};
    submit(pending, request, client, match);
  }
}

// The last step here; after that of the last event the request's views may be dead.
void Intake::submit(Pending& pending, const http::Request& request, const Client& client, const Catalog::Match& match) {
  prepare_to_hold(request, client, match, *pending.arrival);
  if (parts_.scripts != nullptr && !pending.arrival->unprepared) {
    parts_.scripts->prepare(*pending.arrival, Origin::sender, request.body, &request, client.tls);
  }
  const Dialect dialect = pending.arrival->delivery.dialect;
  if (parts_.next.submit(pending, Committer::Wake::later)) return;
  parts_.metrics.overloaded.add();
  pending.answer(render_rejection(dialect, overloaded()));
}

void Intake::answer_options(http::Exchange& exchange) const {
  http::Response response;
  response.status = 204;
  response.headers.emplace_back("Allow", "POST, HEAD, OPTIONS");
  response.headers.emplace_back("Accept-Post", std::string(kAcceptedTypes));
  exchange.reply(std::move(response));
}

Result<std::optional<Intake::Found>> Intake::find_webhook(const KeyHash& hash) const {
  std::shared_ptr<const Catalog> catalog = parts_.catalog.fresh(parts_.clock.mono());
  auto match = catalog->find_key(hash);
  if (!match) {  // Perhaps it was made this very moment.
    catalog = TRY(parts_.catalog.refresh());
    match = catalog->find_key(hash);
  }
  if (!match) return std::optional<Found>();
  return std::optional(Found{std::move(catalog), *match});
}

Arrival Intake::make_arrival(const http::Request& request, const WebhookRoute& route, const Client& client) const {
  constexpr std::size_t kMaxContentTypeBytes = 255;
  Arrival arrival;
  arrival.started = parts_.clock.mono();
  Delivery& delivery = arrival.delivery;
  delivery.received_at = parts_.clock.now();
  delivery.dialect = route.dialect;
  delivery.remote_ip = client.ip;
  delivery.content_type = request.header("content-type").value_or("").substr(0, kMaxContentTypeBytes);
  delivery.body_bytes = static_cast<std::int64_t>(request.body.size());
  return arrival;
}

void Intake::read_form_body(const http::Request& request, Arrival& arrival) const {
  const std::string_view content_type = request.header("content-type").value_or("");
  read_form_event(content_type, request.header("content-encoding").value_or(""), request.body, policy_.form, arrival);
  keep_payload(nullptr, request.body, policy_.form, policy_.payload_bytes, arrival.delivery);
  note_idempotency_key(request, arrival);
}

void Intake::note_idempotency_key(const http::Request& request, Arrival& arrival) {
  const std::string_view idempotency_key = request.header("idempotency-key").value_or("");
  if (!idempotency_key.empty()) {
    arrival.repeat_hash = fingerprint(idempotency_key);
    arrival.body_hash = fingerprint(request.body);
  }
}

void Intake::prepare_to_hold(const http::Request& request, const Client& client, const Catalog::Match& match,
                             Arrival& arrival) const {
  const bool paused = match.webhook->state == WebhookState::paused;
  if (arrival.fault || !policy_.hold || !(paused || parts_.held.contains(match.webhook->id))) return;
  HeldRequest held;
  held.dialect = arrival.delivery.dialect;
  held.received_at = arrival.delivery.received_at;
  held.key = match.key->id;
  held.remote_ip = client.ip;
  held.tls = client.tls;
  held.content_type = request.header("content-type").value_or("");
  held.content_encoding = request.header("content-encoding").value_or("");
  held.request_head = arrival.delivery.request_head;
  held.query = request.query;
  for (const http::Header& each : request.headers) held.headers.emplace_back(each.name, each.value);
  held.body = request.body;
  arrival.sealed = seal(held, parts_.vault, parts_.random);
  arrival.unprepared = paused;
}

}  // namespace postern
