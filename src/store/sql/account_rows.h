// What the tables of accounts have in common.
#pragma once

#include "model/account.h"
#include "store/sql/connection.h"
#include "store/sql/rows.h"

namespace postern::sql {

// Takes the lock of accounts and looks: until the end of the transaction the admin stays. Errors: not_found.
Result<void> lock_admin(Connection& db, AdminId id);

}  // namespace postern::sql
