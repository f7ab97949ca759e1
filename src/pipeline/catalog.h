// Spaces and webhooks in memory, so that a request finds its webhook without asking the store.
#pragma once

#include "base/clock.h"
#include "base/guarded.h"
#include "crypto/key_vault.h"
#include "decide/decide.h"
#include "pipeline/webhook_source.h"
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
  Catalog(CatalogData data, const SourceParts& parts);

  struct Match {
    const Webhook* webhook = nullptr;
    const WebhookKey* key = nullptr;
    const WebhookSource* source = nullptr;  // Null: a plain form.
  };
  // The webhook with this key, expired keys included. Hashes are compared in constant time.
  std::optional<Match> find_key(const KeyHash& hash) const;
  const Webhook* find_webhook(WebhookId id) const;
  // Null: a plain form, or no such webhook.
  const WebhookSource* find_source(WebhookId id) const;
  const Space* find(SpaceId id) const override;
  const CatalogData& data() const { return data_; }
  // Of the presets that its sources were made of.
  std::uint64_t presets_version() const { return presets_version_; }

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
  const std::uint64_t presets_version_;
  std::unordered_map<KeyHash, Match, PrefixHash, Same> keys_;
  std::unordered_map<SpaceId, const Space*> spaces_;
  std::unordered_map<WebhookId, const Webhook*> webhooks_;
  std::unordered_map<WebhookId, std::shared_ptr<const WebhookSource>> sources_;
};

// The newest catalog that this process has seen. Any thread.
class CatalogCache {
 public:
  // Loads the first one. `store` and what `parts` refers to must outlive the cache.
  static Result<std::unique_ptr<CatalogCache>> create(CatalogStore& store, const SourceParts& parts = {});

  std::shared_ptr<const Catalog> current();
  // The current one, with every change that was made through this process' store, and what other processes have
  // changed up to kBetweenLooks ago. `now` is the caller's time. If the store cannot be read, what there was: the
  // commit will say so. Costs two comparisons, mostly.
  std::shared_ptr<const Catalog> fresh(MonoTime now);
  static constexpr std::chrono::milliseconds kBetweenLooks{10};
  // Loads again if the store has a generation other than the current one's, whichever process made it, or if presets
  // have changed.
  Result<std::shared_ptr<const Catalog>> refresh();
  // The same for a caller who knows the store's generation already.
  Result<std::shared_ptr<const Catalog>> at_generation(std::int64_t generation);

 private:
  CatalogCache(CatalogStore& store, const SourceParts& parts) : store_(store), parts_(parts) {}
  Result<std::shared_ptr<const Catalog>> load();
  bool may_look(MonoTime now);
  CatalogStore& store_;
  const SourceParts parts_;
  Guarded<std::shared_ptr<const Catalog>> current_;
  std::atomic<std::uint64_t> seen_changes_{0};  // The store's own_changes() that the current one has.
  std::atomic<MonoTime::rep> next_look_{0};     // When somebody is to ask for the store's generation.
};

}  // namespace postern
