// The tables that Postern keeps beside those of a WordPress site, `{prefix}postern_…`, and the steps that bring them up
// to date.
#pragma once

#include "base/result.h"
#include "store/mariadb/pool.h"
#include "store/mariadb/table_names.h"

#include <chrono>
#include <span>
#include <vector>

namespace postern::wordpress {

// Statements, one text each, with names of tables in braces: see mariadb::TableNames.
using Statements = std::span<const char* const>;

// The tables of sql::OwnTables.
Statements own_tables();

// What brings the database from version n - 1 to n, for the n-th entry: the statements of several parts, in order. As
// MariaDB cannot undo a CREATE or ALTER TABLE, each statement must do no harm when it is run again.
using SchemaSteps = std::vector<std::vector<Statements>>;

// Creates what is missing, and remembers the version in {schema}. Where nothing is to be done, it only reads. Another
// process that does the same waits for at most `patience` (less than Address::answer_timeout), or finds that there is
// nothing left to do.
// Errors: invalid (the tables are from a newer version; what to do is in the message), unavailable (another process
// does it and takes too long; or those of Pool), unauthorized (the database's user may not create tables), internal.
Result<void> update_schema(mariadb::Pool& pool, const mariadb::TableNames& names, const SchemaSteps& steps,
                           std::chrono::seconds patience = std::chrono::seconds{20});

}  // namespace postern::wordpress
