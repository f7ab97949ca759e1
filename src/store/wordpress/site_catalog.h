// The catalog of a site: FluentCommunity's own spaces, courses and webhooks, edited in its rows so that its pages show
// them, with what only Postern knows of them in own tables beside.
#pragma once

#include "base/clock.h"
#include "store/catalog_store.h"
#include "store/mariadb/pool.h"
#include "store/wordpress/catalog_generation.h"
#include "store/wordpress/catalog_rows.h"
#include "store/wordpress/site_options.h"

#include <atomic>
#include <functional>

namespace postern::wordpress {

// What it refers to must outlive who was given it.
struct SiteCatalogParts {
  mariadb::Pool& pool;
  const SiteOptionsReader& reader;
  const KeySealer& sealer;
  const Clock& clock;
  // Takes Postern's write lock, within a transaction; empty: there is none.
  std::function<Result<void>(mariadb::Connection&)> lock;
  // Does somebody want outgoing events? Empty: nobody.
  std::function<Result<bool>(mariadb::Connection&)> has_endpoints;
};

// Differs from the port in one thing: a space cannot have `archived` or `needs_approval` from the plugin. Both are
// Postern's own settings, since the plugin's webhooks add to every space whatever its status and privacy.
class SiteCatalog final : public CatalogStore {
 public:
  explicit SiteCatalog(SiteCatalogParts parts)
      : parts_(std::move(parts)), generation_(parts_.pool, parts_.reader.tables()) {}

  Result<std::int64_t> catalog_generation() override { return generation_.now(); }
  Result<CatalogData> load_catalog() override;
  std::uint64_t own_changes() const override { return own_changes_.load(std::memory_order_acquire); }
  Result<SpaceId> add_space(const Space& space) override;
  Result<void> update_space(const Space& space, Generation if_generation = {}) override;
  Result<void> remove_space(SpaceId id, Generation if_generation = {}) override;
  // The newest of a webhook's keys becomes the one that the plugin knows. Errors: also invalid (it was sealed with
  // another key file).
  Result<WebhookId> add_webhook(const Webhook& webhook) override;
  Result<void> update_webhook(const Webhook& webhook, Generation if_generation = {}) override;
  Result<void> remove_webhook(WebhookId id, Generation if_generation = {}) override;

  CatalogGeneration& generation() { return generation_; }

 private:
  // Runs `work(const SiteWrite&)` in a transaction of its own that raises the generation.
  template <class Work>
  auto change(Generation if_generation, Work work);
  Result<void> begin_change(mariadb::Connection& db, Generation if_generation);

  const SiteCatalogParts parts_;
  CatalogGeneration generation_;
  std::atomic<std::uint64_t> own_changes_{0};
};

}  // namespace postern::wordpress
