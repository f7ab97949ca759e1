// Writes spaces, courses and webhooks into FluentCommunity's rows, and what is Postern's own beside them. Each is
// called within a transaction. Errors: as the functions of CatalogStore of the same meaning.
#pragma once

#include "crypto/key_vault.h"
#include "model/space.h"
#include "model/webhook.h"
#include "store/wordpress/new_users.h"

namespace postern::wordpress {

Result<SpaceId> insert_space(const SiteWrite& site, const Space& space);
Result<void> write_space(const SiteWrite& site, const Space& space);
Result<void> delete_space(const SiteWrite& site, SpaceId id);

Result<WebhookId> insert_webhook(const SiteWrite& site, const Webhook& webhook, const KeyVault& vault);
// What the plugin's row holds beyond what we know stays in it; lists of courses too, while the plugin's course module
// is off and nobody sees them.
Result<void> write_webhook(const SiteWrite& site, const Webhook& webhook, const KeyVault& vault);
Result<void> delete_webhook(const SiteWrite& site, WebhookId id);

}  // namespace postern::wordpress
