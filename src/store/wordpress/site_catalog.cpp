#include "store/wordpress/site_catalog.h"

#include "store/wordpress/catalog_writes.h"
#include "store/wordpress/new_users.h"

namespace postern::wordpress {
namespace {

using mariadb::Connection;
using mariadb::Query;

constexpr int kAttempts = 5;

Error changed_meanwhile() {
  return {Errc::unavailable, "Spaces or webhooks have changed meanwhile.", ""};
}

Result<std::int64_t> number(Connection& db, const std::string& sql) {
  Query query = db.query(sql);
  return TRY(query.step()) ? query.integer(0) : 0;
}

}  // namespace

Result<CatalogData> SiteCatalog::load_catalog() {
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    const auto load = [&](Connection& db) -> Result<std::optional<CatalogData>> {
      const auto generation = TRY(generation_.within(db));
      if (!generation) return std::optional<CatalogData>();
      CatalogData data;
      data.generation = *generation;
      const SiteOptions options = TRY(parts_.reader.read(db));
      data.spaces = TRY(read_spaces(db, parts_.reader.tables(), options.zone));
      data.webhooks = TRY(read_webhooks(db, parts_.reader.tables(), options, parts_.sealer));
      if (parts_.has_endpoints) data.endpoints = TRY(parts_.has_endpoints(db));
      return std::optional(std::move(data));
    };
    auto data = TRY(parts_.pool.write(load));  // One view of all the tables; nothing is written.
    if (data) return *std::move(data);
  }
  return changed_meanwhile();
}

Result<void> SiteCatalog::begin_change(Connection& db, Generation if_generation) {
  const SiteTables& tables = parts_.reader.tables();
  if (parts_.lock) TRY(parts_.lock(db));
  if (if_generation) {
    const auto generation = TRY(generation_.within(db));
    if (generation != if_generation) return changed_meanwhile();
    // Another change of Postern's may have been committed since this view began.
    const std::string changes = tables.sql("SELECT changes FROM {catalog} WHERE id = 1");
    const std::int64_t seen = TRY(number(db, changes));
    if (TRY(number(db, changes + " FOR UPDATE")) != seen) return changed_meanwhile();
  }
  return CatalogGeneration::raise(db, tables);
}

template <class Work>
auto SiteCatalog::change(Generation if_generation, Work work) {
  auto result = parts_.pool.write([&](Connection& db) -> decltype(work(std::declval<const SiteWrite&>())) {
    TRY(begin_change(db, if_generation));
    const SiteOptions options = TRY(parts_.reader.read(db));
    const WallTime now = parts_.clock.now();
    return work(SiteWrite{db, parts_.reader.tables(), options, now, TRY(storable_time(db, options.zone, now))});
  });
  if (result) own_changes_.fetch_add(1, std::memory_order_release);
  return result;
}

Result<SpaceId> SiteCatalog::add_space(const Space& space) {
  return change({}, [&](const SiteWrite& site) { return insert_space(site, space); });
}

Result<void> SiteCatalog::update_space(const Space& space, Generation if_generation) {
  return change(if_generation, [&](const SiteWrite& site) { return write_space(site, space); });
}

Result<void> SiteCatalog::remove_space(SpaceId id, Generation if_generation) {
  return change(if_generation, [&](const SiteWrite& site) { return delete_space(site, id); });
}

Result<WebhookId> SiteCatalog::add_webhook(const Webhook& webhook) {
  return change({}, [&](const SiteWrite& site) { return insert_webhook(site, webhook, parts_.sealer.vault()); });
}

Result<void> SiteCatalog::update_webhook(const Webhook& webhook, Generation if_generation) {
  return change(if_generation,
                [&](const SiteWrite& site) { return write_webhook(site, webhook, parts_.sealer.vault()); });
}

Result<void> SiteCatalog::remove_webhook(WebhookId id, Generation if_generation) {
  return change(if_generation, [&](const SiteWrite& site) { return delete_webhook(site, id); });
}

}  // namespace postern::wordpress
