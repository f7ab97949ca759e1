#include "pipeline/intake.h"

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
  const Client client = identify_client(request, policy_.trusted_proxies);
  const KeyHash hash = parts_.vault.hash(route->key);
  const auto head_rejection = refuse_head(request, client, policy_.insecure_http);
  const Result<std::shared_ptr<const Catalog>> catalog = catalog_with(hash);
  const auto match = catalog ? (*catalog)->find_key(hash) : std::nullopt;
  if (!match) {
    // Whether a key exists is told to nobody who may not use it.
    const Rejection rejection = head_rejection ? *head_rejection : catalog ? unknown_webhook() : store_unavailable();
    if (catalog) {
      parts_.metrics.unknown_keys.add();
    } else {
      parts_.log.error("store.read_failed", {{"message", catalog.error().message}, {"detail", catalog.error().detail}});
    }
    exchange.reply(render_rejection(route->dialect, rejection));
    return true;
  }
  Arrival arrival = make_arrival(request, *route, client);
  arrival.key_hash = hash;
  arrival.fault = head_rejection;
  if (match->source != nullptr && !head_rejection) {
    submit_all(read_events(request, client, *match, std::move(arrival)), request, client, std::move(exchange));
    return true;
  }
  if (!head_rejection) read_form_body(request, arrival);
  Pending pending{std::move(arrival), std::move(exchange)};
  submit(pending, request, client);
  return true;
}

// Of a webhook with a source: what the request says, one arrival for each event.
std::vector<Arrival> Intake::read_events(const http::Request& request, const Client& client,
                                         const Catalog::Match& match, Arrival base) const {
  const std::string url = public_url(request, client, policy_.public_url);
  const SignedRequest signed_request{request.method, url, request.headers, request.query, request.body};
  keep_payload(body_type(*match.source, base.delivery.content_type, request.body), request.body,
               match.source->proof_field, base);
  std::vector<Arrival> out = read_request(*match.webhook, *match.source, signed_request,
                                          {.limits = policy_.form, .now = base.delivery.received_at}, base);
  // What the sender says of one event counts before what it says of the request.
  if (out.size() == 1 && !out.front().repeat_hash) note_idempotency_key(request, out.front());
  return out;
}

void Intake::submit_all(std::vector<Arrival> arrivals, const http::Request& request, const Client& client,
                        http::Exchange exchange) {
  if (arrivals.size() == 1) {
    Pending pending{std::move(arrivals.front()), std::move(exchange)};
    submit(pending, request, client);
    return;
  }
  const auto group =
      std::make_shared<ReplyGroup>(std::move(exchange), arrivals.front().delivery.dialect, arrivals.size());
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    Pending pending{std::move(arrivals[i]), {}, group, i};
    submit(pending, request, client);
  }
}

// The request's last step here. Its views may be dead afterwards.
void Intake::submit(Pending& pending, const http::Request& request, const Client& client) {
  if (parts_.scripts != nullptr) {
    parts_.scripts->prepare(pending.arrival, Origin::sender, request.body, &request, client.tls);
  }
  const Dialect dialect = pending.arrival.delivery.dialect;
  if (parts_.next.submit(pending, Committer::Wake::later)) return;
  parts_.metrics.overloaded.add();
  pending.answer(render_rejection(dialect, overloaded()));
}

void Intake::answer_options(http::Exchange& exchange) const {
  http::Response response;
  response.status = 204;
  response.headers.emplace_back("Allow", "POST, OPTIONS");
  response.headers.emplace_back("Accept-Post", std::string(kAcceptedTypes));
  exchange.reply(std::move(response));
}

Result<std::shared_ptr<const Catalog>> Intake::catalog_with(const KeyHash& hash) {
  std::shared_ptr<const Catalog> catalog = parts_.catalog.current();
  if (catalog->find_key(hash)) return catalog;
  return parts_.catalog.refresh();
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
  keep_payload(content_type, request.body, {}, arrival);
  note_idempotency_key(request, arrival);
}

void Intake::keep_payload(std::string_view content_type, std::string_view body, std::string_view proof_field,
                          Arrival& arrival) const {
  RedactedPayload payload = redact(content_type, body, policy_.form, policy_.payload_bytes, proof_field);
  arrival.delivery.payload = std::move(payload.text);
  arrival.delivery.payload_complete = payload.complete;
}

void Intake::note_idempotency_key(const http::Request& request, Arrival& arrival) {
  const std::string_view idempotency_key = request.header("idempotency-key").value_or("");
  if (!idempotency_key.empty()) {
    arrival.repeat_hash = fingerprint(idempotency_key);
    arrival.body_hash = fingerprint(request.body);
  }
}

}  // namespace postern
