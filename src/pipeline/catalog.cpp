#include "pipeline/catalog.h"

namespace postern {

Catalog::Catalog(CatalogData data, const SourceParts& parts)
    : data_(std::move(data)), presets_version_(parts.presets == nullptr ? 0 : parts.presets->version()) {
  for (const Space& space : data_.spaces) spaces_.emplace(space.id, &space);
  for (const Webhook& webhook : data_.webhooks) {
    webhooks_.emplace(webhook.id, &webhook);
    std::shared_ptr<const WebhookSource> source = prepare_source(webhook, parts);
    for (const WebhookKey& key : webhook.keys) keys_.emplace(key.hash, Match{&webhook, &key, source.get()});
    if (source) sources_.emplace(webhook.id, std::move(source));
  }
}

std::optional<Catalog::Match> Catalog::find_key(const KeyHash& hash) const {
  const auto it = keys_.find(hash);
  if (it == keys_.end()) return std::nullopt;
  return it->second;
}

const Webhook* Catalog::find_webhook(WebhookId id) const {
  const auto it = webhooks_.find(id);
  return it == webhooks_.end() ? nullptr : it->second;
}

const WebhookSource* Catalog::find_source(WebhookId id) const {
  const auto it = sources_.find(id);
  return it == sources_.end() ? nullptr : it->second.get();
}

const Space* Catalog::find(SpaceId id) const {
  const auto it = spaces_.find(id);
  return it == spaces_.end() ? nullptr : it->second;
}

Result<std::unique_ptr<CatalogCache>> CatalogCache::create(CatalogStore& store, const SourceParts& parts) {
  std::unique_ptr<CatalogCache> cache(new CatalogCache(store, parts));
  cache->seen_changes_ = store.own_changes();
  TRY(cache->load());
  return cache;
}

std::shared_ptr<const Catalog> CatalogCache::fresh(MonoTime now) {
  // Read before the store is: a change that comes in between is found by the next caller.
  const std::uint64_t changes = store_.own_changes();
  const bool changed = changes != seen_changes_.load(std::memory_order_acquire);
  // Who has changed something may count on it from then on, so nobody goes on with the old one then.
  if ((changed || may_look(now)) && refresh() && changed) {
    seen_changes_.store(changes, std::memory_order_release);
  }
  return current();
}

// One thread looks, the others go on with what there is.
bool CatalogCache::may_look(MonoTime now) {
  const MonoTime::rep time = now.time_since_epoch().count();
  MonoTime::rep next = next_look_.load(std::memory_order_relaxed);
  if (time < next) return false;
  return next_look_.compare_exchange_strong(next, time + MonoTime::duration(kBetweenLooks).count(),
                                            std::memory_order_relaxed);
}

std::shared_ptr<const Catalog> CatalogCache::current() {
  return current_.with([](const auto& catalog) { return catalog; });
}

Result<std::shared_ptr<const Catalog>> CatalogCache::refresh() {
  return at_generation(TRY(store_.catalog_generation()));
}

Result<std::shared_ptr<const Catalog>> CatalogCache::at_generation(std::int64_t generation) {
  std::shared_ptr<const Catalog> catalog = current();
  const bool same_presets = parts_.presets == nullptr || parts_.presets->version() == catalog->presets_version();
  if (catalog->data().generation == generation && same_presets) return catalog;
  return load();
}

Result<std::shared_ptr<const Catalog>> CatalogCache::load() {
  auto catalog = std::make_shared<const Catalog>(TRY(store_.load_catalog()), parts_);
  return current_.with([&](auto& current) -> std::shared_ptr<const Catalog> {
    // Another thread may have loaded a newer one in the meantime.
    const auto age = [](const Catalog& each) { return std::pair(each.data().generation, each.presets_version()); };
    if (current == nullptr || age(*current) < age(*catalog)) current = catalog;
    return current;
  });
}

}  // namespace postern
