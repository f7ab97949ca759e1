// The routes of endpoints: where outgoing events are sent.
#pragma once

#include "admin/routes.h"
#include "base/random.h"
#include "crypto/key_vault.h"
#include "effects/outgoing/sender.h"
#include "store/store.h"

namespace postern {

// All references must outlive the routes.
struct EndpointParts {
  Store& store;
  const KeyVault& vault;
  Random& random;  // Any thread.
  const Clock& clock;
  OutgoingSender& sender;
  OutgoingPolicy policy;
};

void add_endpoint_routes(Routes& routes, EndpointParts parts);

}  // namespace postern
