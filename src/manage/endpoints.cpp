#include "manage/endpoints.h"

#include "crypto/event_signature.h"

#include <algorithm>

namespace postern {
namespace {

EndpointKey new_key(const KeyVault& vault, Random& random, const Secret& secret, KeyId id, WallTime now) {
  return {.id = id, .sealed = vault.seal(secret, random), .created_at = now};
}

}  // namespace

Result<MadeEndpoint> make_endpoint(EndpointStore& store, const KeyVault& vault, Random& random, Endpoint endpoint) {
  Secret secret = make_event_secret(random);
  endpoint.keys = {new_key(vault, random, secret, KeyId{1}, endpoint.created_at)};
  endpoint.id = TRY(store.add_endpoint(endpoint));
  return MadeEndpoint{std::move(endpoint), std::move(secret)};
}

Secret add_endpoint_key(Endpoint& endpoint, const KeyVault& vault, Random& random, WallTime now,
                        std::chrono::seconds grace) {
  const WallTime end = now + grace;
  KeyId next{1};
  for (EndpointKey& key : endpoint.keys) {
    next.value = std::max(next.value, key.id.value + 1);
    if (!key.expires_at || *key.expires_at > end) key.expires_at = end;
  }
  std::erase_if(endpoint.keys, [&](const EndpointKey& key) { return key.expires_at && *key.expires_at <= now; });
  Secret secret = make_event_secret(random);
  endpoint.keys.insert(endpoint.keys.begin(), new_key(vault, random, secret, next, now));
  if (endpoint.keys.size() > kMaxEndpointKeys) endpoint.keys.resize(kMaxEndpointKeys);
  return secret;
}

Result<Secret> secret_of(const Endpoint& endpoint, const KeyVault& vault) {
  if (endpoint.keys.empty()) return Error{Errc::not_found, "This endpoint has no key. Rotate it to make one.", ""};
  return vault.unseal(endpoint.keys.front().sealed);
}

Result<void> pause_endpoint(EndpointStore& store, Endpoint endpoint) {
  endpoint.paused = true;
  endpoint.health.failing_since.reset();
  endpoint.health.problem.clear();
  return store.update_endpoint(endpoint);
}

Result<std::size_t> resume_endpoint(EndpointStore& store, OutboxStore& outbox, Endpoint endpoint, WallTime now) {
  endpoint.paused = false;
  endpoint.health.failing_since.reset();
  endpoint.health.problem.clear();
  TRY(store.update_endpoint(endpoint));
  constexpr std::size_t kBatch = 500;  // So that deliveries come in between.
  std::size_t all = 0;
  for (std::size_t n = kBatch; n == kBatch; all += n) {
    n = TRY(outbox.retry_dead(EffectKind::event, endpoint.id, now, kBatch));
  }
  return all;
}

Result<void> check_events(const std::vector<std::string>& events) {
  if (events.size() > kMaxEndpointEvents) {
    return Error{Errc::invalid, "More than " + std::to_string(kMaxEndpointEvents) + " events are named.", ""};
  }
  for (auto it = events.begin(); it != events.end(); ++it) {
    if (!is_event_type(*it)) {
      return Error{Errc::invalid, "'" + *it + "' is no event such as membership.added: a-z, 0-9, _ and dots.", ""};
    }
    if (std::find(events.begin(), it, *it) != it) {
      return Error{Errc::invalid, "'" + *it + "' is named twice.", ""};
    }
  }
  return {};
}

}  // namespace postern
