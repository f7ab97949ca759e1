// How often each webhook has run, as FluentCommunity counts it: within the serialized value of its row.
#pragma once

#include "store/wordpress/new_users.h"

#include <cstdint>
#include <map>

namespace postern::wordpress {

// `runs` by the number of the webhook. One that has been removed meanwhile, or whose value is damaged, is left alone.
Result<void> add_runs(const SiteWrite& site, const std::map<std::int64_t, std::int64_t>& runs);

}  // namespace postern::wordpress
