// What is told to endpoints: the events that one delivery gives rise to, as they are sent.
#pragma once

#include "model/delivery.h"
#include "model/endpoint.h"
#include "model/user.h"
#include "store/catalog_store.h"

#include <boost/json/fwd.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

struct OutgoingEvent {
  std::string type;
  std::string id;    // The same whenever it is made: "evt_<delivery>_<n>".
  std::string body;  // JSON: {"type", "timestamp", "data"}, see docs/events.md.
};

// In the order in which they happened: user.created, membership.added and .removed as decided, then
// delivery.processed or .failed. None for a duplicate. `user` is empty if it is gone by now; `catalog` names webhook
// and spaces as they are now.
std::vector<OutgoingEvent> events_of(const Delivery& delivery, const std::optional<User>& user,
                                     const CatalogData& catalog);

// The body of any event. `data` is a JSON object.
std::string event_body(std::string_view type, WallTime at, const boost::json::object& data);

// A kind of event of our own.
struct EventType {
  std::string_view type;
  std::string_view about;
};
const std::vector<EventType>& event_types();
// A whole body, with made-up people. `type` is one of event_types().
std::string example_event(std::string_view type);

// What `endpoint test` sends.
constexpr std::string_view kTestEventType = "endpoint.test";
OutgoingEvent test_event(const Endpoint& endpoint, WallTime at);

}  // namespace postern
