// The doctor's look at the server and at the tables' make, not at what is in them.
#pragma once

#include "base/result.h"
#include "store/wordpress/report.h"
#include "store/wordpress/site.h"

namespace postern::wordpress {

// Version, clock, read-only, cluster. Errors: those of the database.
Result<void> check_server(const Site& site, Report& report);
// Tables, columns, engines, character sets. Returns whether all that is needed is there, so that the contents can be
// looked at. Errors: those of the database.
Result<bool> check_tables(const Site& site, Report& report);
// What the user may do. Nothing is tried. Errors: those of the database.
Result<void> check_privileges(const Site& site, Report& report);

}  // namespace postern::wordpress
