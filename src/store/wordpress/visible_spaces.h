// What FluentCommunity remembers in a user's meta of the spaces that the user may see, `_fcom_space_ids`. It writes
// that itself when a user opens the portal; only where it takes somebody out of a space it does so at once.
#pragma once

#include "store/wordpress/new_users.h"

#include <cstdint>
#include <span>

namespace postern::wordpress {

// Writes it for these users, after their memberships have been written. Source: Helper::cacheAccessSpaces().
Result<void> remember_visible_spaces(const SiteWrite& site, std::span<const std::int64_t> users);

}  // namespace postern::wordpress
