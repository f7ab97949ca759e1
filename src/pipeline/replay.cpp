#include "pipeline/replay.h"

#include "pipeline/read_request.h"
#include "pipeline/reply.h"
#include "pipeline/reply_group.h"
#include "pipeline/script_step.h"

#include <algorithm>

namespace postern {
namespace {

constexpr std::size_t kPortion = 100;

Error not_kept_whole(DeliveryId id) {
  return {Errc::invalid,
          "Delivery " + to_text(id) +
              " cannot be replayed: its body was not kept whole in the log. Ask the sender to send it again.",
          ""};
}

// A request that comes now and is none of a sender's.
Arrival begin_arrival(const Clock& clock, WebhookId webhook, const std::string& remote_ip,
                      const std::string& content_type) {
  Arrival out;
  out.started = clock.mono();
  out.delivery.received_at = clock.now();
  out.delivery.webhook = webhook;
  out.delivery.remote_ip = remote_ip;
  out.delivery.content_type = content_type;
  return out;
}

Arrival arrival_of(const Delivery& stored, const Catalog& catalog, const Clock& clock, const FormLimits& limits) {
  Arrival arrival = begin_arrival(clock, stored.webhook, stored.remote_ip, stored.content_type);
  arrival.delivery.dialect = stored.dialect;
  arrival.delivery.payload = stored.payload;
  arrival.delivery.body_bytes = stored.body_bytes;
  arrival.delivery.replay_of = stored.id;
  Arrival out = read_again(catalog, stored.request_head, stored.payload, limits, arrival);
  // What stands in the stored payload instead of the password is not one.
  out.event.password = Secret();
  out.repeat_hash.reset();
  out.always_200 = false;
  return out;
}

Result<void> run_scripts(Store& store, CatalogCache& cache, const ReplayOptions& options, Arrival& arrival,
                         Origin origin, std::string_view body) {
  if (options.hooks == nullptr) return {};
  const ScriptStep step({*options.hooks, cache, store, options.form});
  step.prepare(arrival, origin, body, nullptr, false);
  return step.run(arrival);
}

// All of them in one transaction; afterwards each says what became of it.
Result<void> run(Store& store, CatalogCache& cache, const Clock& clock, const ReplayOptions& options,
                 std::span<Arrival> arrivals) {
  std::vector<Arrival*> pointers;
  pointers.reserve(arrivals.size());
  for (Arrival& each : arrivals) pointers.push_back(&each);
  const std::unique_ptr<Transaction> transaction = TRY(store.begin());
  const auto catalog = TRY(cache.at_generation(transaction->catalog_generation()));
  LoginHints hints;
  TRY(provision(*transaction, *catalog, options.policy, clock, hints, pointers));
  if (!options.dry_run) TRY(transaction->commit());
  return {};
}

// What the request says; `proof`: whether it is from the sender, if its source asks.
std::vector<Arrival> read_trial(const Catalog& catalog, const Clock& clock, const TrialRequest& request,
                                const ReplayOptions& options, std::optional<Verified>& proof) {
  Arrival base = begin_arrival(clock, request.webhook, request.remote_ip, request.content_type);
  base.delivery.body_bytes = static_cast<std::int64_t>(request.body.size());
  const Webhook* webhook = catalog.find_webhook(request.webhook);
  const WebhookSource* source = catalog.find_source(request.webhook);
  keep_payload(source, request.body, options.form, request.payload_bytes, base.delivery);
  if (webhook == nullptr || source == nullptr) {
    read_form_event(request.content_type, "", request.body, options.form, base);
    return {base};
  }
  std::vector<http::Header> headers{{"content-type", request.content_type}};
  for (const auto& [name, value] : request.headers) headers.push_back({name, value});
  const SignedRequest signed_request{"POST", request.url, headers, request.query, request.body};
  const WallTime now = base.delivery.received_at;
  if (source->preset && source->problem.empty()) {
    proof = verify(*source->preset, signed_request, source->secrets, now);
  }
  const ReadOptions reading{.limits = options.form, .now = now, .check_proof = !request.skip_proof};
  return read_request(*webhook, *source, signed_request, reading, base);
}

}  // namespace

Result<Delivery> replay(Store& store, const Clock& clock, DeliveryId id, const ReplayOptions& options) {
  const std::optional<Delivery> stored = TRY(store.find_delivery(id));
  if (!stored) return Error{Errc::not_found, "There is no delivery " + to_text(id) + ". It may have left the log.", ""};
  if (!stored->payload_complete) return not_kept_whole(id);
  const std::unique_ptr<CatalogCache> cache = TRY(CatalogCache::create(store, options.sources));
  Arrival arrival = arrival_of(*stored, *cache->current(), clock, options.form);
  TRY(run_scripts(store, *cache, options, arrival, Origin::replay, stored->payload));
  TRY(run(store, *cache, clock, options, {&arrival, 1}));
  if (arrival.unknown_webhook) {
    return Error{Errc::invalid, "Delivery " + to_text(id) + " cannot be replayed: its webhook has been removed.", ""};
  }
  return std::move(arrival.delivery);
}

Result<ReplaySummary> replay_all(Store& store, const Clock& clock, std::vector<DeliveryId> ids,
                                 const ReplayOptions& options) {
  std::sort(ids.begin(), ids.end());
  const std::unique_ptr<CatalogCache> cache = TRY(CatalogCache::create(store, options.sources));
  ReplaySummary summary;
  for (std::size_t begin = 0; begin < ids.size(); begin += kPortion) {
    std::vector<Arrival> arrivals;
    for (std::size_t i = begin; i < std::min(begin + kPortion, ids.size()); ++i) {
      const std::optional<Delivery> stored = TRY(store.find_delivery(ids[i]));
      if (stored && stored->payload_complete) {
        arrivals.push_back(arrival_of(*stored, *cache->current(), clock, options.form));
        TRY(run_scripts(store, *cache, options, arrivals.back(), Origin::replay, stored->payload));
      } else {
        ++summary.not_replayable;
      }
    }
    TRY(run(store, *cache, clock, options, arrivals));
    for (const Arrival& each : arrivals) {
      ++(each.unknown_webhook ? summary.not_replayable : summary.replayed);
      if (!each.unknown_webhook) ++summary.results[each.delivery.status];
    }
  }
  return summary;
}

Result<Trial> try_request(Store& store, const Clock& clock, const TrialRequest& request, const ReplayOptions& options) {
  const std::unique_ptr<CatalogCache> cache = TRY(CatalogCache::create(store, options.sources));
  Trial out;
  std::vector<Arrival> arrivals = read_trial(*cache->current(), clock, request, options, out.proof);
  for (Arrival& arrival : arrivals) {
    arrival.repeat_hash.reset();
    TRY(run_scripts(store, *cache, options, arrival, Origin::test, request.body));
    if (arrival.event.password.empty() || TRY(store.find_user(arrival.email_key))) continue;
    // A dry run keeps nothing, so anything does in place of the hash.
    arrival.password_hash = options.dry_run ? "-" : TRY(options.passwords->hash(arrival.event.password));
  }
  TRY(run(store, *cache, clock, options, arrivals));
  std::vector<http::Response> replies;
  for (Arrival& arrival : arrivals) {
    if (arrival.unknown_webhook) {
      return Error{Errc::not_found, "There is no such webhook. It may have been removed.", ""};
    }
    replies.push_back(render_reply(arrival));
    out.deliveries.push_back(std::move(arrival.delivery));
  }
  out.reply = replies.size() == 1 ? std::move(replies.front()) : join_responses(Dialect::rest, std::move(replies));
  return out;
}

}  // namespace postern
