#include "pipeline/metrics.h"

namespace postern {
namespace {

constexpr std::array<double, 12> kSeconds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5};
constexpr std::array<double, 6> kBytes{256, 1024, 4096, 16384, 65536, 1048576};
constexpr std::array<double, 8> kBatch{1, 2, 5, 10, 50, 100, 500, 1000};

std::string labels(const Delivery& delivery) {
  std::string out = "{webhook=\"";
  out += std::to_string(delivery.webhook.value);
  out += "\",outcome=\"";
  out += to_word(delivery.status);
  out += "\"}";
  return out;
}

std::string refusal_labels(WebhookId webhook, std::string_view code) {
  std::string out = "{webhook=\"" + std::to_string(webhook.value) + "\",code=\"";
  out += code;
  out += "\"}";
  return out;
}

}  // namespace

PipelineMetrics::PipelineMetrics()
    : request_seconds(kSeconds),
      body_bytes(kBytes),
      commit_seconds(kSeconds),
      batch_size(kBatch),
      script_seconds(kSeconds) {}

void PipelineMetrics::count(std::span<const Arrival* const> arrivals, MonoTime now) {
  batch_size.observe(static_cast<double>(arrivals.size()));
  // Most batches are for one webhook with one outcome: count runs of equals together.
  const Delivery* run = nullptr;
  std::uint64_t length = 0;
  const auto flush = [&] {
    if (length == 0) return;
    requests_.add(labels(*run), length);
    length = 0;
    const std::lock_guard lock(last_received_.mutex);
    last_received_.seconds[run->webhook.value] =
        std::chrono::floor<std::chrono::seconds>(run->received_at).time_since_epoch().count();
  };
  for (const Arrival* arrival : arrivals) {
    const Delivery& delivery = arrival->delivery;
    request_seconds.observe(now - arrival->started);
    if (arrival->unknown_webhook) {
      unknown_keys.add();
      continue;
    }
    body_bytes.observe(static_cast<double>(delivery.body_bytes));
    if (delivery.user_created) users_created.add();
    if (delivery.status == DeliveryStatus::duplicate) duplicates.add();
    if (run == nullptr || run->webhook != delivery.webhook || run->status != delivery.status) {
      flush();
      run = &delivery;
    }
    ++length;
  }
  flush();
}

void PipelineMetrics::count_refusal(WebhookId webhook, std::string_view code, bool left_row) {
  const std::string labels = refusal_labels(webhook, code);
  refused_.add(labels);
  if (!left_row) refused_without_row_.add(labels);
}

PipelineMetrics::Refusals PipelineMetrics::refusals(WebhookId webhook) const {
  const std::string not_allowed = refusal_labels(webhook, "ip_not_allowed");
  const std::string limited = refusal_labels(webhook, "rate_limited");
  return {refused_.value(not_allowed), refused_.value(limited),
          refused_without_row_.value(not_allowed) + refused_without_row_.value(limited)};
}

void PipelineMetrics::count_released(std::span<const Arrival> arrivals) {
  for (const Arrival& arrival : arrivals) {
    if (arrival.still_held) continue;
    released_.add(labels(arrival.delivery));
    if (arrival.delivery.user_created) users_created.add();
  }
}

void PipelineMetrics::write(std::string& out) const {
  const auto counter = [&](std::string_view name, std::string_view help, const Counter& value) {
    write_metric_head(out, name, "counter", help);
    write_metric(out, name, value.value());
  };
  const auto histogram = [&](std::string_view name, std::string_view help, const Histogram& value) {
    write_metric_head(out, name, "histogram", help);
    value.write(out, name);
  };
  write_metric_head(out, "postern_ingest_requests_total", "counter", "Deliveries by webhook and outcome.");
  requests_.write(out, "postern_ingest_requests_total");
  write_metric_head(out, "postern_refused_total", "counter", "Requests refused by the protection of a webhook.");
  refused_.write(out, "postern_refused_total");
  write_metric_head(out, "postern_refused_without_row_total", "counter", "Those of them that left no row in the log.");
  refused_without_row_.write(out, "postern_refused_without_row_total");
  write_metric_head(out, "postern_held_released_total", "counter", "Requests that were held, by what became of them.");
  released_.write(out, "postern_held_released_total");
  histogram("postern_ingest_duration_seconds", "From the complete request to its reply.", request_seconds);
  histogram("postern_ingest_body_bytes", "Size of request bodies.", body_bytes);
  histogram("postern_db_commit_seconds", "Time of a commit, sync included.", commit_seconds);
  histogram("postern_db_batch_deliveries", "Deliveries committed together.", batch_size);
  write_metric_head(out, "postern_queue_depth", "gauge", "Deliveries waiting to be committed.");
  write_metric(out, "postern_queue_depth", queue_depth.value());
  counter("postern_unknown_keys_total", "Requests to webhook URLs with a key that does not exist.", unknown_keys);
  counter("postern_members_created_total", "Users created.", users_created);
  counter("postern_duplicates_total", "Repeats that were recognised and changed nothing.", duplicates);
  counter("postern_ingest_failed_total", "Requests answered 5xx because the store could not take them.", failed);
  counter("postern_ingest_overloaded_total", "Requests answered 503 because a queue was full.", overloaded);
  counter("postern_passwords_hashed_total", "Passwords hashed for new users.", passwords_hashed);
  write_metric_head(out, "postern_script_runs_total", "counter", "Runs of the operator's scripts.");
  script_runs.write(out, "postern_script_runs_total");
  histogram("postern_script_duration_seconds", "Time of one run of a script.", script_seconds);
  write_metric_head(out, "postern_webhook_last_received_timestamp_seconds", "gauge",
                    "Unix time of the last delivery of each webhook.");
  const std::lock_guard lock(last_received_.mutex);
  for (const auto& [webhook, seconds] : last_received_.seconds) {
    out += "postern_webhook_last_received_timestamp_seconds{webhook=\"" + std::to_string(webhook) + "\"} " +
           std::to_string(seconds) + "\n";
  }
}

}  // namespace postern
