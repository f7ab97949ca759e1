// The part of the store port that manages spaces, courses and webhooks.
#pragma once

#include "base/result.h"
#include "model/space.h"
#include "model/webhook.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace postern {

// Everything that decides where a request goes, as of one generation.
struct CatalogData {
  std::int64_t generation = 0;
  std::vector<Space> spaces;      // By id.
  std::vector<Webhook> webhooks;  // By id. Removed ones are not among them.
  bool endpoints = false;         // Somebody wants outgoing events; see store/endpoint_store.h.
};

// Any thread. Every change raises the generation in the same transaction.
// `if_generation`: the change happens only if the catalog still has this generation, so that what was decided on what
// was read cannot overwrite what somebody else has changed since. Errors: unavailable (it has another).
// Errors of all: unavailable, internal; others as named.
class CatalogStore {
 public:
  virtual ~CatalogStore() = default;
  using Generation = std::optional<std::int64_t>;

  // Cheap enough to be asked for every unknown key: reads one row.
  virtual Result<std::int64_t> catalog_generation() = 0;
  virtual Result<CatalogData> load_catalog() = 0;
  // Rises with every change of the catalog that was made through this object, after it is on disk. Reads no row.
  virtual std::uint64_t own_changes() const = 0;

  // Each writes what it is given; `id` and `created_at` of a new one are filled in by the store and the caller.
  // Errors: conflict (the slug is taken, by a space or a course).
  virtual Result<SpaceId> add_space(const Space& space) = 0;
  // Errors: not_found, conflict.
  virtual Result<void> update_space(const Space& space, Generation if_generation = {}) = 0;
  // Removes its memberships too. Webhooks that name it keep the number and report not_found. Errors: not_found.
  virtual Result<void> remove_space(SpaceId id, Generation if_generation = {}) = 0;

  virtual Result<WebhookId> add_webhook(const Webhook& webhook) = 0;
  // Replaces everything but the id, keys included. Errors: not_found.
  virtual Result<void> update_webhook(const Webhook& webhook, Generation if_generation = {}) = 0;
  // Its deliveries stay in the log. Errors: not_found.
  virtual Result<void> remove_webhook(WebhookId id, Generation if_generation = {}) = 0;
};

}  // namespace postern
