#include "pipeline/held_release.h"

#include "pipeline/read_request.h"
#include "pipeline/rejections.h"

#include <algorithm>

namespace postern {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kPortion = 100;
constexpr std::size_t kPortionBytes = 8UL * 1024 * 1024;
constexpr milliseconds kBetweenLooks{250};
constexpr milliseconds kBetweenGlances{25};  // At what this process has changed; while something is held.
constexpr milliseconds kAfterFailure{1000};

std::set<WebhookId> webhooks_of(const std::vector<HeldCount>& counts) {
  std::set<WebhookId> out;
  for (const HeldCount& each : counts) out.insert(each.webhook);
  return out;
}

bool may_be_released(const Catalog& catalog, WebhookId id) {
  const Webhook* webhook = catalog.find_webhook(id);
  return webhook == nullptr || webhook->state != WebhookState::paused;
}

}  // namespace

Result<std::unique_ptr<HeldRelease>> HeldRelease::create(Parts parts, Policy policy) {
  const std::uint64_t version = parts.webhooks.version();
  parts.webhooks.replace(webhooks_of(TRY(parts.store.held_counts())), version);
  return std::unique_ptr<HeldRelease>(new HeldRelease(std::move(parts), policy));
}

HeldRelease::~HeldRelease() {
  stop();
}

void HeldRelease::start() {
  thread_ = std::thread([this] { run(); });
}

void HeldRelease::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void HeldRelease::run() {
  do {
    Result<bool> more = true;
    while (more && *more && !stopping_) more = round();
    if (!more && !failing_) {
      parts_.log.error("held.release_failed", {{"message", more.error().message}, {"detail", more.error().detail}});
    }
    failing_ = !more;
  } while (wait(failing_ ? kAfterFailure : kBetweenLooks));
}

bool HeldRelease::wait(milliseconds time) {
  const std::uint64_t changes = parts_.store.own_changes();
  while (time.count() > 0) {
    const milliseconds some = parts_.webhooks.empty() ? time : std::min(time, kBetweenGlances);
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, some, [this] { return stopping_.load(); })) return false;
    if (!failing_ && parts_.store.own_changes() != changes) return true;
    time -= some;
  }
  return !stopping_;
}

// Asks for one row; what is held is counted only if there is something to do.
Result<bool> HeldRelease::anything_due() {
  if (parts_.webhooks.empty()) return false;
  const std::shared_ptr<const Catalog> catalog = TRY(parts_.catalog.refresh());
  const std::set<WebhookId> holding = parts_.webhooks.all();
  return std::any_of(holding.begin(), holding.end(), [&](WebhookId id) { return may_be_released(*catalog, id); });
}

Result<bool> HeldRelease::round() {
  if (!TRY(anything_due())) return false;
  const std::uint64_t version = parts_.webhooks.version();
  const std::vector<HeldCount> counts = TRY(parts_.store.held_counts());
  parts_.webhooks.replace(webhooks_of(counts), version);
  const std::shared_ptr<const Catalog> catalog = parts_.catalog.current();
  bool more = false;
  for (const HeldCount& count : counts) {
    if (stopping_) return false;
    if (may_be_released(*catalog, count.webhook) && TRY(release_portion(count.webhook))) more = true;
  }
  return more;
}

Result<bool> HeldRelease::release_portion(WebhookId webhook) {
  const std::vector<HeldRow> rows = TRY(parts_.store.held_after(webhook, stuck_[webhook], kPortion, kPortionBytes));
  std::vector<Arrival> arrivals;
  arrivals.reserve(rows.size());
  for (const HeldRow& row : rows) {
    if (stopping_) return false;
    arrivals.push_back(TRY(prepare(webhook, row)));
  }
  if (arrivals.empty()) return false;
  Result<bool> committed = commit(arrivals);
  if (!committed && committed.error().code != Errc::unavailable) {
    committed = TRY(commit_one_by_one(webhook, arrivals));
  }
  // What has changed under its feet is prepared anew at the next look; what is paused again waits on.
  return TRY(std::move(committed)) &&
         std::none_of(arrivals.begin(), arrivals.end(), [](const Arrival& each) { return each.still_held; });
}

Result<Arrival> HeldRelease::prepare(WebhookId webhook, const HeldRow& row) {
  const Result<HeldRequest> request = unseal(row.request, parts_.vault);
  if (!request) return unreadable(webhook, row, request.error());
  Arrival base;
  base.releases = true;
  base.started = parts_.clock.mono();
  Delivery& delivery = base.delivery;
  delivery.id = row.delivery;
  delivery.webhook = webhook;
  delivery.received_at = request->received_at;
  delivery.key = request->key;
  delivery.dialect = request->dialect;
  delivery.remote_ip = request->remote_ip;
  delivery.content_type = request->content_type;
  delivery.request_head = request->request_head;
  delivery.body_bytes = static_cast<std::int64_t>(request->body.size());
  const std::shared_ptr<const Catalog> catalog = parts_.catalog.current();
  keep_payload(catalog->find_source(webhook), request->body, policy_.form, policy_.payload_bytes, delivery);
  Arrival arrival = read_again(*catalog, request->request_head, request->body, policy_.form, base);
  arrival.repeat_hash.reset();  // It was remembered when the request came.
  if (parts_.scripts != nullptr) TRY(run_scripts(arrival, *request));
  const bool wanted = !arrival.fault && !arrival.script_rejection && !arrival.event.password.empty();
  if (wanted && !TRY(parts_.store.find_user(arrival.email_key))) {
    arrival.password_hash = TRY(parts_.passwords.hash(arrival.event.password));
    parts_.metrics.passwords_hashed.add();
  }
  return arrival;
}

// Nothing is known of it but what stands in the log.
Result<Arrival> HeldRelease::unreadable(WebhookId webhook, const HeldRow& row, const Error& error) {
  parts_.log.warn("held.unreadable", {{"delivery", to_text(row.delivery)}, {"reason", error.message}});
  Arrival arrival;
  arrival.releases = true;
  arrival.started = parts_.clock.mono();
  const std::optional<Delivery> stored = TRY(parts_.store.find_delivery(row.delivery));
  if (stored) {
    arrival.delivery = *stored;
  } else {
    arrival.delivery.id = row.delivery;
    arrival.delivery.received_at = time_of(row.delivery);
    arrival.delivery.payload_complete = false;
  }
  arrival.delivery.webhook = webhook;
  arrival.fault = held_unreadable();
  return arrival;
}

Result<void> HeldRelease::run_scripts(Arrival& arrival, const HeldRequest& held) {
  std::vector<http::Header> headers;
  headers.reserve(held.headers.size());
  for (const auto& [name, value] : held.headers) headers.push_back({name, value});
  http::Request request;
  request.query = held.query;
  request.headers = headers;
  parts_.scripts->prepare(arrival, Origin::sender, held.body, &request, held.tls);
  return parts_.scripts->run(arrival);
}

Result<bool> HeldRelease::commit(std::span<Arrival> arrivals) {
  std::vector<Arrival*> pointers;
  pointers.reserve(arrivals.size());
  for (Arrival& each : arrivals) pointers.push_back(&each);
  const auto apply = [&]() -> Result<bool> {
    const std::unique_ptr<Transaction> transaction = TRY(parts_.store.begin());
    const auto catalog = TRY(parts_.catalog.at_generation(transaction->catalog_generation()));
    TRY(provision(*transaction, *catalog, policy_.provision, parts_.clock, hints_, pointers));
    // For instance: the person was there when it was asked whether a hash is needed, and is gone now.
    const auto passes = [](const Arrival& each) { return each.rejection && each.rejection->status == 503; };
    if (std::any_of(arrivals.begin(), arrivals.end(), passes)) return false;
    TRY(transaction->commit());
    return true;
  };
  Result<bool> applied = apply();
  if (!applied || !*applied) {
    hints_.forget();
    return applied;
  }
  parts_.metrics.count_released(arrivals);
  const bool effects = std::any_of(arrivals.begin(), arrivals.end(), [](const Arrival& each) { return each.effects; });
  if (effects && parts_.effects_committed) parts_.effects_committed();
  return true;
}

Result<bool> HeldRelease::commit_one_by_one(WebhookId webhook, std::span<Arrival> arrivals) {
  for (Arrival& each : arrivals) {
    const Result<bool> done = commit({&each, 1});
    if (done && !*done) return false;
    if (done || done.error().code == Errc::not_found) continue;  // Not found: the person has been erased meanwhile.
    if (done.error().code == Errc::unavailable) return done.error();
    TRY(give_up(webhook, each, done.error()));
  }
  return true;
}

// Leaves the row of a failure, so that those behind it can go on.
Result<void> HeldRelease::give_up(WebhookId webhook, const Arrival& arrival, const Error& error) {
  parts_.log.error("held.not_applied",
                   {{"delivery", to_text(arrival.delivery.id)}, {"message", error.message}, {"detail", error.detail}});
  Arrival trace;
  trace.releases = true;
  trace.delivery = arrival.delivery;
  trace.started = arrival.started;
  trace.fault = internal_error();
  const Result<bool> kept = commit({&trace, 1});
  if (kept || kept.error().code == Errc::not_found) return {};
  if (kept.error().code == Errc::unavailable) return kept.error();
  parts_.log.error("held.not_logged", {{"message", kept.error().message}, {"detail", kept.error().detail}});
  DeliveryId& stuck = stuck_[webhook];
  stuck = std::max(stuck, arrival.delivery.id);
  return {};
}

}  // namespace postern
