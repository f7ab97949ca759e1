// The database's layout, and the steps that bring an older one up to date.
#pragma once

#include "base/result.h"
#include "store/sqlite/database.h"

#include <span>
#include <string>

namespace postern::sqlite {

// Marks a database file as ours. Source: https://www.sqlite.org/pragma.html#pragma_application_id
constexpr std::int64_t kApplicationId = 0x506f7374;  // "Post"

// The migrations, oldest first; the n-th takes a database from version n to n + 1. Only ever appended to.
std::span<const char* const> migrations();

// Looks at the file without changing it. Errors: invalid, with one sentence that names the file and the way out: not
// a database, another program's, from a newer version. A missing or empty file is fine.
Result<void> check_file(const std::string& path, std::size_t known_version);

// Creates the schema, or brings an older one up to date; before that a copy is written beside it as
// `<path>.v<version>.bak`. Errors: invalid, unavailable.
Result<void> migrate(Connection& connection, const std::string& path, std::span<const char* const> steps);

}  // namespace postern::sqlite
