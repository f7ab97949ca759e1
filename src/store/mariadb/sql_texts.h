// The statements of store/sql as MariaDB wants them.
#pragma once

#include "base/guarded.h"
#include "store/mariadb/table_names.h"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace postern::mariadb {

struct SqlText {
  std::string sql;                      // Every parameter is a "?".
  std::vector<std::size_t> parameters;  // For each "?" which of the bound values it takes, from 0.
};

// Names of tables in braces become those of `names`, names in double quotes get backticks, numbered parameters become
// "?". What stands in single quotes stays as it is.
SqlText translate(std::string_view text, const TableNames& names);

// Translates each text once. Any thread.
class SqlTexts {
 public:
  explicit SqlTexts(TableNames names) : names_(std::move(names)) {}
  // `text` must never move: its address is the key. What is returned lives as long as this.
  const SqlText& of(const char* text);

 private:
  const TableNames names_;
  Guarded<std::unordered_map<const char*, std::unique_ptr<const SqlText>>> texts_;
};

}  // namespace postern::mariadb
