// Spaces and webhooks in memory, so that a request finds its webhook without asking the store.
#pragma once

#include "base/clock.h"
#include "base/guarded.h"
#include "crypto/key_vault.h"
#include "decide/decide.h"
#include "store/catalog_store.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <unordered_map>

namespace postern {

// One generation of the catalog. Immutable, any thread.
class Catalog final : public SpaceLookup {
 public:
  explicit Catalog(CatalogData data);

  struct Match {
    const Webhook* webhook = nullptr;
    const WebhookKey* key = nullptr;
  };
  // The webhook with this key, expired keys included. Hashes are compared in constant time.
  std::optional<Match> find_key(const KeyHash& hash) const;
  const Webhook* find_webhook(WebhookId id) const;
  const Space* find(SpaceId id) const override;
  const CatalogData& data() const { return data_; }

 private:
  struct PrefixHash {
    std::size_t operator()(const KeyHash& hash) const {
      std::size_t out = 0;
      std::memcpy(&out, hash.data(), sizeof out);
      return out;
    }
  };
  struct Same {
    bool operator()(const KeyHash& a, const KeyHash& b) const { return constant_time_equal(a, b); }
  };
  CatalogData data_;
  std::unordered_map<KeyHash, Match, PrefixHash, Same> keys_;
  std::unordered_map<SpaceId, const Space*> spaces_;
  std::unordered_map<WebhookId, const Webhook*> webhooks_;
};

// The newest catalog that this process has seen. Any thread.
class CatalogCache {
 public:
  // Loads the first one. `store` must outlive the cache.
  static Result<std::unique_ptr<CatalogCache>> create(CatalogStore& store);

  std::shared_ptr<const Catalog> current();
  // The current one, with every change that was made through this process' store, and what other processes have
  // changed up to kBetweenLooks ago. `now` is the caller's time. If the store cannot be read, what there was: the
  // commit will say so. Costs two comparisons, mostly.
  std::shared_ptr<const Catalog> fresh(MonoTime now);
  static constexpr std::chrono::milliseconds kBetweenLooks{10};
  // Loads again if the store has a generation other than the current one's; whichever process made it.
  Result<std::shared_ptr<const Catalog>> refresh();
  // The same for a caller who knows the store's generation already.
  Result<std::shared_ptr<const Catalog>> at_generation(std::int64_t generation);

 private:
  explicit CatalogCache(CatalogStore& store) : store_(store) {}
  Result<std::shared_ptr<const Catalog>> load();
  bool may_look(MonoTime now);
  CatalogStore& store_;
  Guarded<std::shared_ptr<const Catalog>> current_;
  std::atomic<std::uint64_t> seen_changes_{0};  // The store's own_changes() that the current one has.
  std::atomic<MonoTime::rep> next_look_{0};     // When somebody is to ask for the store's generation.
};

}  // namespace postern
