// What the command line and the admin API both know about endpoints of outgoing events.
#pragma once

#include "base/random.h"
#include "crypto/key_vault.h"
#include "store/endpoint_store.h"
#include "store/outbox_store.h"

#include <chrono>
#include <string>
#include <vector>

namespace postern {

constexpr std::size_t kMaxEndpointEvents = 50;

struct MadeEndpoint {
  Endpoint endpoint;
  Secret secret;  // "whsec_…"
};
// Adds the endpoint to the store with a first key. Errors: those of the store.
Result<MadeEndpoint> make_endpoint(EndpointStore& store, const KeyVault& vault, Random& random, Endpoint endpoint);

// Puts a new key before the others, which sign beside it until `grace` is over at the latest, and returns it. Nothing
// is stored. At most kMaxEndpointKeys are kept.
constexpr std::size_t kMaxEndpointKeys = 5;
Secret add_endpoint_key(Endpoint& endpoint, const KeyVault& vault, Random& random, WallTime now,
                        std::chrono::seconds grace);

// The newest key. Errors: invalid (the key file is another one), not_found (there is no key).
Result<Secret> secret_of(const Endpoint& endpoint, const KeyVault& vault);

// Sends nothing to it from now on; what happens meanwhile is kept. Errors: those of update_endpoint().
Result<void> pause_endpoint(EndpointStore& store, Endpoint endpoint);
// Sends again, first of all what could not be sent before. Returns how many events that is. Errors: those of
// update_endpoint().
Result<std::size_t> resume_endpoint(EndpointStore& store, OutboxStore& outbox, Endpoint endpoint, WallTime now);

// Errors: invalid (too many, named twice, or no names of events; the message names the first).
Result<void> check_events(const std::vector<std::string>& events);

}  // namespace postern
