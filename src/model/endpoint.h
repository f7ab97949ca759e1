// Where outgoing events are sent: a URL of somebody else, the events it wants, and the keys that sign them.
#pragma once

#include "base/clock.h"
#include "model/effect.h"
#include "model/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// Signs events. The newest key of an endpoint signs first; an older one signs beside it until it expires.
struct EndpointKey {
  KeyId id;            // Counts from 1 within its endpoint.
  std::string sealed;  // The secret "whsec_…", encrypted with the key file.
  WallTime created_at{};
  std::optional<WallTime> expires_at;  // Set on the old key when it is rotated: signs before, not from then on.
  bool operator==(const EndpointKey&) const = default;
};

// How sending has gone lately.
struct EndpointHealth {
  std::optional<WallTime> last_success_at;
  std::optional<WallTime> last_failure_at;
  std::optional<WallTime> failing_since;  // Nothing has arrived since then.
  std::string problem;                    // Why it fails, or why it was paused without an operator; empty: nothing.
  bool operator==(const EndpointHealth&) const = default;
};

// active: works. failing: the last attempts did not arrive, they are tried again. paused: nothing is sent; what happens
// meanwhile is kept, and sent when it is resumed.
enum class EndpointState { active, failing, paused };

struct Endpoint {
  EndpointId id;
  std::string name;
  std::string url;
  std::vector<std::string> events;  // The types it wants; empty: all.
  bool paused = false;
  std::vector<EndpointKey> keys;  // Newest first.
  WallTime created_at{};
  std::int64_t version = 1;  // Rises with every edit.
  EndpointHealth health;
  bool operator==(const Endpoint&) const = default;

  EndpointState state() const;
  bool wants(std::string_view event_type) const;
};

std::string_view to_word(EndpointState state);

// "user.created": words of a-z, 0-9 and _ with dots between them, at most kMaxEventTypeBytes.
constexpr std::size_t kMaxEventTypeBytes = 100;
bool is_event_type(std::string_view text);

}  // namespace postern
