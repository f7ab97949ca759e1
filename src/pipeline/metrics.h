// What the pipeline counts. Names: docs/metrics.md.
#pragma once

#include "base/metrics.h"
#include "pipeline/arrival.h"

#include <functional>
#include <span>
#include <string>

namespace postern {

class PipelineMetrics {
 public:
  PipelineMetrics();

  Histogram request_seconds;  // From the complete request to its reply, store included.
  Histogram body_bytes;
  Histogram commit_seconds;  // The sync, mostly.
  Histogram batch_size;      // Deliveries per transaction.
  Gauge queue_depth;
  Counter unknown_keys;
  Counter users_created;
  Counter duplicates;
  Counter failed;      // Answered 5xx because the store could not take them.
  Counter overloaded;  // Answered 503 because a queue was full.
  Counter passwords_hashed;
  CounterFamily script_runs;  // By script, function and result.
  Histogram script_seconds;

  // Counts a committed batch. Takes a lock for each run of deliveries of one webhook with one outcome.
  void count(std::span<const Arrival* const> arrivals, MonoTime now);

  // Counts a request that the protection of a webhook refused. `code`: one of ours, a literal.
  void count_refusal(WebhookId webhook, std::string_view code, bool left_row);
  // What the protection of a webhook has refused since this was made.
  struct Refusals {
    std::uint64_t ip_not_allowed = 0;
    std::uint64_t rate_limited = 0;
    std::uint64_t without_row = 0;  // Those of both that left no row in the log.
  };
  Refusals refusals(WebhookId webhook) const;
  // Counts a committed portion of requests that had been held.
  void count_released(std::span<const Arrival> arrivals);

  // Appends everything in Prometheus' text format.
  void write(std::string& out) const;

 private:
  CounterFamily requests_;
  CounterFamily refused_;
  CounterFamily refused_without_row_;
  CounterFamily released_;
  struct LastReceived {
    mutable std::mutex mutex;
    std::map<std::int64_t, std::int64_t> seconds;  // webhook → Unix time
  } last_received_;
};

}  // namespace postern
