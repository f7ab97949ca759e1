// The part of the store port that keeps the endpoints: where outgoing events are sent.
#pragma once

#include "base/result.h"
#include "model/endpoint.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace postern {

// Of one endpoint, in the outbox.
struct EventCounts {
  std::int64_t waiting = 0;
  std::int64_t dead = 0;
  bool operator==(const EventCounts&) const = default;
};

// Any thread. Adding and removing raise the catalog's generation in the same transaction: whether there is an endpoint
// is part of the catalog.
// Errors of all: unavailable, internal; others as named.
class EndpointStore {
 public:
  virtual ~EndpointStore() = default;

  virtual Result<std::vector<Endpoint>> endpoints() = 0;  // By id.
  virtual Result<std::optional<Endpoint>> find_endpoint(EndpointId id) = 0;
  // Endpoints without any are left out.
  virtual Result<std::map<EndpointId, EventCounts>> event_counts() = 0;

  // `id` is filled in by the store.
  virtual Result<EndpointId> add_endpoint(const Endpoint& endpoint) = 0;
  // Writes name, URL, events, keys, whether it is paused, and what is wrong with it (`failing_since` and `problem`),
  // and raises the version. Errors: not_found; conflict (it has another version than `endpoint`: somebody else has
  // changed it).
  virtual Result<void> update_endpoint(const Endpoint& endpoint) = 0;
  // Its events stay in the outbox. Errors: not_found; conflict (it has another version).
  virtual Result<void> remove_endpoint(EndpointId id, std::int64_t version) = 0;

  // An attempt arrived: it fails no more. One that has been removed meanwhile is no error, here and below.
  virtual Result<void> record_success(EndpointId id, WallTime at) = 0;
  // An attempt did not arrive. Of one that is paused only the time is kept.
  virtual Result<void> record_failure(EndpointId id, WallTime at, const std::string& problem) = 0;
};

}  // namespace postern
