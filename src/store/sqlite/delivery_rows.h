// Writing deliveries as rows of SQLite's table; store/delivery_rows.h reads them.
#pragma once

#include "store/delivery_rows.h"
#include "store/sqlite/database.h"

#include <span>

namespace postern::sqlite {

// Writes rows, in the order of their numbers, which must be new.
Result<void> insert_deliveries(Connection& connection, std::span<const Delivery* const> deliveries);

}  // namespace postern::sqlite
