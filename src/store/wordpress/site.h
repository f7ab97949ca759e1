// A site that is looked at: its files, its database, the names of its tables.
#pragma once

#include "base/clock.h"
#include "store/mariadb/database.h"
#include "store/wordpress/site_files.h"

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace postern::wordpress {

struct Site {
  mariadb::Connection& db;
  const SiteFiles& files;
  std::string database;
  std::string prefix;
  WallTime now;

  // The table that WordPress calls by this name: with the prefix, or as CUSTOM_USER_TABLE says.
  std::string table(std::string_view name) const;
  std::string quoted(std::string_view name) const { return mariadb::quoted_name(table(name)); }
};

// What a column is for; a site may have a wider or narrower type of the same kind.
enum class ColumnKind { number, text, time };

struct NeededColumn {
  std::string_view name;
  ColumnKind kind;
};

struct NeededTable {
  std::string_view name;  // Without the prefix.
  bool of_plugin;
  std::span<const NeededColumn> columns;
};

// Every table that Postern reads or writes on a site, with the columns that it uses.
std::span<const NeededTable> needed_tables();

}  // namespace postern::wordpress
