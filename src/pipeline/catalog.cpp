#include "pipeline/catalog.h"

namespace postern {

Catalog::Catalog(CatalogData data) : data_(std::move(data)) {
  for (const Space& space : data_.spaces) spaces_.emplace(space.id, &space);
  for (const Webhook& webhook : data_.webhooks) {
    webhooks_.emplace(webhook.id, &webhook);
    for (const WebhookKey& key : webhook.keys) keys_.emplace(key.hash, Match{&webhook, &key});
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

const Space* Catalog::find(SpaceId id) const {
  const auto it = spaces_.find(id);
  return it == spaces_.end() ? nullptr : it->second;
}

Result<std::unique_ptr<CatalogCache>> CatalogCache::create(CatalogStore& store) {
  std::unique_ptr<CatalogCache> cache(new CatalogCache(store));
  TRY(cache->load());
  return cache;
}

std::shared_ptr<const Catalog> CatalogCache::current() {
  return current_.with([](const auto& catalog) { return catalog; });
}

Result<std::shared_ptr<const Catalog>> CatalogCache::refresh() {
  return at_generation(TRY(store_.catalog_generation()));
}

Result<std::shared_ptr<const Catalog>> CatalogCache::at_generation(std::int64_t generation) {
  std::shared_ptr<const Catalog> catalog = current();
  if (catalog->data().generation == generation) return catalog;
  return load();
}

Result<std::shared_ptr<const Catalog>> CatalogCache::load() {
  auto catalog = std::make_shared<const Catalog>(TRY(store_.load_catalog()));
  return current_.with([&](auto& current) -> std::shared_ptr<const Catalog> {
    // Another thread may have loaded a newer one in the meantime.
    if (current == nullptr || current->data().generation < catalog->data().generation) current = catalog;
    return current;
  });
}

}  // namespace postern
