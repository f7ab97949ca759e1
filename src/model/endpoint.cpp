#include "model/endpoint.h"

#include "model/words.h"

#include <algorithm>

namespace postern {
namespace {

constexpr words::Table<EndpointState, 3> kStates{
    {{EndpointState::active, "active"}, {EndpointState::failing, "failing"}, {EndpointState::paused, "paused"}}};

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

EndpointState Endpoint::state() const {
  if (paused) return EndpointState::paused;
  return health.failing_since ? EndpointState::failing : EndpointState::active;
}

bool Endpoint::wants(std::string_view event_type) const {
  return events.empty() || std::find(events.begin(), events.end(), event_type) != events.end();
}

std::string_view to_word(EndpointState state) {
  return words::word_of(kStates, state);
}

bool is_event_type(std::string_view text) {
  if (text.empty() || text.size() > kMaxEventTypeBytes) return false;
  char before = '.';
  for (const char c : text) {
    if (c == '.' ? before == '.' : !is_word_character(c)) return false;
    before = c;
  }
  return before != '.';
}

}  // namespace postern
