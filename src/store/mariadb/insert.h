// Many rows in few round trips, every value bound.
#pragma once

#include "store/mariadb/values.h"

#include <cstdint>
#include <string>
#include <vector>

namespace postern::mariadb {

struct InsertInto {
  std::string table;                 // Names: they are quoted.
  std::vector<std::string> columns;  // One at least.
};

// Writes the rows in their order, each with a value for every column, up to 256 with one statement. Returns the
// automatic number of each row; 0 if the table gives none. Without rows nothing happens.
// Source of the numbering: rows of one statement have numbers that follow one another, InnoDB with
// innodb_autoinc_lock_mode 0, 1 and, for statements whose number of rows is known, 2.
// Errors: those of to_error(); then some of the rows may have been written: call it within a transaction.
Result<std::vector<std::uint64_t>> insert_rows(Connection& connection, const InsertInto& into,
                                               const std::vector<std::vector<Value>>& rows);

}  // namespace postern::mariadb
