// postern endpoint …
#pragma once

#include "cli/context.h"
#include "effects/outgoing/sender.h"

namespace postern {

struct EndpointFlags {
  std::optional<std::string> name;
  std::optional<std::string> url;
  std::vector<std::string> events;
  bool all_events = false;  // Empties the list.
};

// How the settings want events to be sent.
SenderOptions sender_options(const Settings& settings);

// All of these: not_found, if there is no endpoint with that number; conflict, if somebody else has changed it at the
// same moment.
// Prints the secret, once. Errors: invalid (a name, URL or event).
Result<void> add_endpoint(Context& context, const EndpointFlags& flags);
Result<void> list_endpoints(Context& context);
Result<void> show_endpoint(Context& context, const std::string& number);
Result<void> edit_endpoint(Context& context, const std::string& number, const EndpointFlags& flags);
// A new key; the old one signs beside it until `grace` is over.
Result<void> rotate_endpoint(Context& context, const std::string& number, const std::string& grace);
Result<void> reveal_endpoint(Context& context, const std::string& number);
Result<void> pause_endpoint(Context& context, const std::string& number);
Result<void> resume_endpoint(Context& context, const std::string& number);
Result<void> remove_endpoint(Context& context, const std::string& number);
// Sends a test event. The exit code says whether it arrived.
Result<int> test_endpoint(Context& context, const std::string& number);

}  // namespace postern
