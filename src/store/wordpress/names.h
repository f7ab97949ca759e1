// Names that nobody else has: which are taken is the database's to say, since its collation decides what is equal.
#pragma once

#include "base/result.h"
#include "store/mariadb/database.h"
#include "store/wordpress/site_tables.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace postern::wordpress {

// Somebody who has a name.
struct NameOwner {
  std::size_t name = 0;  // Index of the name asked for.
  std::int64_t user = 0;
};

// Who has these names as login, and who as name of the profile in FluentCommunity. `names` are ASCII. Each is one
// statement for up to 256 names; no row that it reads can be made or changed before the transaction ends.
Result<std::vector<NameOwner>> owners_of_names(mariadb::Connection& db, const SiteTables& tables,
                                               std::span<const std::string> names);
// Who has these user_nicenames.
Result<std::vector<NameOwner>> owners_of_nicenames(mariadb::Connection& db, const SiteTables& tables,
                                                   std::span<const std::string> names);

// Somebody who needs a name.
struct Nameless {
  std::function<std::string()> next;  // The candidates, best first; never ends.
  std::int64_t user = 0;              // Names of this user are free for them.
};

using Owners = std::function<Result<std::vector<NameOwner>>(std::span<const std::string>)>;

// For each, the first candidate that nobody else has. Candidates are asked about in rounds; each round asks about more
// of them, so that few are needed however many are taken.
Result<std::vector<std::string>> choose_names(std::span<Nameless> people, const Owners& owners);

}  // namespace postern::wordpress
