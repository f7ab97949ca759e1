// Users of a site by their e-mail address.
#pragma once

#include "base/result.h"
#include "store/mariadb/database.h"
#include "store/wordpress/site_tables.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace postern::wordpress {

// The address as it was written, from what WordPress stores: '&' stands there as "&amp;".
std::string email_of(std::string_view stored);

// held: the part of the index in which these addresses stand or would stand is locked until the transaction ends, so
// that nobody registers one of them meanwhile. seen: what is committed; nobody waits.
enum class EmailLookup { held, seen };

// The number of the user with each of these keys (identity::email_key), of several the lowest.
Result<std::map<std::string, std::int64_t>> users_by_email(mariadb::Connection& db, const SiteTables& tables,
                                                           std::span<const std::string> keys, EmailLookup lookup);

}  // namespace postern::wordpress
