// The doctor's look at what is in the tables: options, people, webhooks.
#pragma once

#include "base/result.h"
#include "store/wordpress/report.h"
#include "store/wordpress/site.h"

namespace postern::wordpress {

// Versions, plugins, default role, time zone, charset, addresses, network, object cache.
// Errors: those of the database.
Result<void> check_options(const Site& site, Report& report);
// What exists twice already: addresses, logins, memberships. Errors: those of the database.
Result<void> check_duplicates(const Site& site, Report& report);
// The site's own webhooks: rows that cannot be read, keys that two have, spaces that are gone. A webhook is named by
// its number, never by its key. Errors: those of the database.
Result<void> check_webhooks(const Site& site, Report& report);

}  // namespace postern::wordpress
