#include "main/first_run.h"

#include "manage/webhooks.h"

namespace postern {

Result<std::optional<std::string>> make_demo(Store& store, const KeyVault& vault, Random& random, WallTime now,
                                             const std::string& base_url) {
  const CatalogData catalog = TRY(store.load_catalog());
  if (!catalog.spaces.empty() || !catalog.webhooks.empty()) return std::optional<std::string>();
  Webhook webhook;
  webhook.name = "Demo";
  webhook.created_at = now;
  webhook.effects.add_spaces = {TRY(store.add_space({.slug = "demo-space", .title = "Demo space", .created_at = now}))};
  webhook.effects.add_courses = {TRY(
      store.add_space({.kind = SpaceKind::course, .slug = "demo-course", .title = "Demo course", .created_at = now}))};
  return std::optional<std::string>(TRY(make_webhook(store, vault, random, std::move(webhook), base_url)).url);
}

}  // namespace postern
