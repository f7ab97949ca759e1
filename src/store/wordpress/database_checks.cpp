#include "store/wordpress/database_checks.h"

#include "base/ascii.h"
#include "base/time_text.h"
#include "store/wordpress/grants.h"
#include "wordpress/site_version.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace postern::wordpress {
namespace {

using mariadb::Query;

// Since MariaDB 10.2 and MySQL 5.7 the session's modes and the collation of WordPress are what is relied on here.
constexpr WpVersion kOldestMariaDb{10, 2};
constexpr WpVersion kOldestMySql{5, 7};
constexpr WpVersion kTestedMariaDb{10, 11};

struct ColumnFacts {
  std::string type;
  std::string charset;
};

struct TableFacts {
  std::string engine;
  std::string collation;
  std::map<std::string, ColumnFacts> columns;
};

bool is_kind(ColumnKind kind, std::string_view type) {
  switch (kind) {
    case ColumnKind::number:
      return type.ends_with("int");
    case ColumnKind::time:
      return type == "datetime" || type == "timestamp";
    case ColumnKind::text:
      return type.ends_with("char") || type.ends_with("text") || type == "enum";
  }
  return false;
}

std::string_view kind_name(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::number:
      return "a whole number";
    case ColumnKind::time:
      return "a time";
    case ColumnKind::text:
      break;
  }
  return "a text";
}

// Nothing: there is no such table, or the user may not see it.
Result<std::optional<TableFacts>> read_table(const Site& site, const std::string& name) {
  TableFacts out;
  Query table = site.db.query(
      "SELECT ENGINE, TABLE_COLLATION FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?");
  if (!TRY(table.bind(site.database).bind(name).step())) return std::optional<TableFacts>();
  out.engine = table.text(0);
  out.collation = table.text(1);
  Query columns = site.db.query(
      "SELECT COLUMN_NAME, DATA_TYPE, COALESCE(CHARACTER_SET_NAME, '') FROM information_schema.COLUMNS "
      "WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?");
  columns.bind(site.database).bind(name);
  while (TRY(columns.step())) {
    out.columns[std::string(columns.text(0))] = {ascii_lower(columns.text(1)), std::string(columns.text(2))};
  }
  return std::optional(std::move(out));
}

void check_columns(const NeededTable& needed, const std::string& name, const TableFacts& facts, Report& report) {
  std::vector<std::string> missing;
  for (const NeededColumn& column : needed.columns) {
    const auto it = facts.columns.find(std::string(column.name));
    if (it == facts.columns.end()) {
      missing.emplace_back(column.name);
    } else if (!is_kind(column.kind, it->second.type)) {
      report.problem("columns",
                     "The column " + name + "." + std::string(column.name) + " is of type " + it->second.type +
                         ", and should be " + std::string(kind_name(column.kind)) + ".",
                     "Let WordPress or the plugin upgrade the tables: open wp-admin as an administrator.");
    }
  }
  if (missing.empty()) return;
  report.problem(
      "columns", "The table " + name + " has no column " + list_of(missing, 20) + ".",
      "Update WordPress and FluentCommunity, then open wp-admin as an administrator: that upgrades the tables.");
}

void report_charset(const std::string& table, const std::string& charset, Report& report) {
  const std::string convert = "ALTER TABLE " + mariadb::quoted_name(table) +
                              " CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci (make a backup first)";
  if (charset == "utf8mb4") return;
  if (charset == "utf8mb3" || charset == "utf8") {
    report.warning("charset",
                   "The table " + table + " is " + charset + ": names with emoji or rare characters cannot be stored.",
                   convert);
  } else {
    report.problem(
        "charset",
        "The table " + table + " has columns in " + charset + ": names in most of the world's scripts would be lost.",
        convert);
  }
}

void check_make(const std::string& name, const TableFacts& facts, Report& report) {
  if (ascii_lower(facts.engine) != "innodb") {
    report.problem("engine",
                   "The table " + name + " is of the engine " + facts.engine +
                       ", which knows no transactions: a failure half-way would leave half of a user.",
                   "ALTER TABLE " + mariadb::quoted_name(name) + " ENGINE=InnoDB");
  }
  std::set<std::string> charsets;
  for (const auto& [column, each] : facts.columns) {
    if (!each.charset.empty()) charsets.insert(each.charset);
  }
  for (const std::string& charset : charsets) report_charset(name, charset, report);
}

// The text of one row of SHOW …, by its first column.
Result<std::string> shown(const Site& site, const std::string& sql) {
  Query query = site.db.query(sql);
  if (!TRY(query.step())) return std::string();
  return std::string(query.text(1));
}

Result<void> check_clock(const Site& site, Report& report) {
  using std::chrono::seconds;
  const auto text = TRY(site.db.value("SELECT DATE_FORMAT(UTC_TIMESTAMP(), '%Y-%m-%dT%H:%i:%sZ')"));
  const auto theirs = parse_time(text.value_or(""));
  if (!theirs) return Error{Errc::internal, "The database does not tell its time.", ""};
  const auto apart = std::chrono::abs(std::chrono::duration_cast<seconds>(*theirs - site.now));
  const std::string says =
      "The clocks of this machine and of the database are " + std::to_string(apart.count()) + " seconds apart.";
  if (apart <= seconds(5)) {
    report.ok("clock", says);
  } else if (apart <= seconds(60)) {
    report.warning("clock", says, "Let both keep their time by NTP.");
  } else {
    report.problem("clock", says + " Set-password links would come too old or from the future.",
                   "Let both keep their time by NTP.");
  }
  return {};
}

Result<void> check_cluster(const Site& site, Report& report) {
  const std::string on = TRY(shown(site, "SHOW VARIABLES LIKE 'wsrep_on'"));
  if (ascii_lower(on) != "on") {
    report.ok("cluster", "The database is no Galera cluster.");
    return {};
  }
  const std::string ready = TRY(shown(site, "SHOW STATUS LIKE 'wsrep_ready'"));
  const std::string status = TRY(shown(site, "SHOW STATUS LIKE 'wsrep_cluster_status'"));
  const std::string size = TRY(shown(site, "SHOW STATUS LIKE 'wsrep_cluster_size'"));
  const std::string says = "The database is a node of a Galera cluster of " + size + ".";
  if (ascii_lower(ready) == "on" && status == "Primary") {
    report.ok("cluster", says);
  } else {
    report.problem("cluster", says + " The node is not ready (" + status + ").",
                   "Bring the node back into the cluster, or use another one.");
  }
  return {};
}

void check_version(const Site& site, Report& report) {
  const std::string text = site.db.server_version();
  const bool mariadb = text.find("MariaDB") != std::string::npos;
  const std::string name = mariadb ? "MariaDB " + text : "MySQL " + text;
  const auto version = parse_version(text);
  if (!version || *version < (mariadb ? kOldestMariaDb : kOldestMySql)) {
    report.problem("server", "The database is " + name + ", which is too old.",
                   "Postern needs MariaDB 10.2 or MySQL 5.7 at least; it is tested with MariaDB 10.11.");
  } else if (!mariadb) {
    report.warning("server", "The database is " + name + ". Postern is tested with MariaDB 10.11 only.",
                   "Try it on a copy of the site first.");
  } else {
    report.ok("server", "The database is " + name +
                            (*version == kTestedMariaDb ? "."
                                                        : ", which is not the version that "
                                                          "is tested (10.11)."));
  }
}

}  // namespace

Result<void> check_server(const Site& site, Report& report) {
  check_version(site, report);
  if (TRY(site.db.value("SELECT @@GLOBAL.read_only")).value_or("0") != "0") {
    report.problem("read_only", "The database is read-only: it is a replica, or is being changed over.",
                   "Let DB_HOST name the server that takes writes.");
  } else {
    report.ok("read_only", "The database takes writes.");
  }
  TRY(check_cluster(site, report));
  return check_clock(site, report);
}

Result<bool> check_tables(const Site& site, Report& report) {
  std::vector<std::string> missing;
  std::set<std::string> collations;
  bool plugin_missing = false;
  for (const NeededTable& needed : needed_tables()) {
    const std::string name = site.table(needed.name);
    const auto facts = TRY(read_table(site, name));
    if (!facts) {
      missing.push_back(name);
      plugin_missing = plugin_missing || needed.of_plugin;
      continue;
    }
    check_columns(needed, name, *facts, report);
    check_make(name, *facts, report);
    collations.insert(facts->collation);
  }
  if (!missing.empty()) {
    report.problem("tables", "The database " + site.database + " has no table " + list_of(missing, 20) + ".",
                   plugin_missing ? "Install and activate FluentCommunity; if it is there, check the table prefix."
                                  : "Check DB_NAME and $table_prefix in wp-config.php.");
    return false;
  }
  report.ok("tables", "All " + std::to_string(needed_tables().size()) + " tables that are needed are there.");
  if (report.is_clean("columns")) report.ok("columns", "They have all columns that are needed, of the right kinds.");
  if (report.is_clean("engine")) report.ok("engine", "They are all InnoDB, which knows transactions.");
  if (report.is_clean("charset")) report.ok("charset", "They are all utf8mb4.");
  if (collations.size() > 1) {
    report.warning(
        "collation",
        "The tables have different collations: " + list_of({collations.begin(), collations.end()}, 20) +
            ". What counts as the same text differs "
            "between them.",
        "Give all of them the collation of the users table, by ALTER TABLE … CONVERT TO CHARACTER SET utf8mb4 "
        "COLLATE …");
  } else {
    report.ok("collation", "They all compare texts by " + list_of({collations.begin(), collations.end()}) + ".");
  }
  return report.is_clean("columns");
}

Result<void> check_privileges(const Site& site, Report& report) {
  constexpr std::array<std::string_view, 4> kOnTables{"SELECT", "INSERT", "UPDATE", "DELETE"};
  Grants grants;
  Query query = site.db.query("SHOW GRANTS");
  while (TRY(query.step())) grants.add(query.text(0));
  if (TRY(site.db.value("SELECT CURRENT_ROLE()")).has_value()) {
    Query of_role = site.db.query("SHOW GRANTS FOR CURRENT_ROLE");
    while (TRY(of_role.step())) grants.add(of_role.text(0));
  }
  std::size_t lacking = 0;
  const auto lacks = [&](const std::string& what, const std::string& where) {
    ++lacking;
    report.problem("privileges", "The user of the database lacks " + what + " on " + where + ".",
                   "GRANT " + what + " ON " + where + " TO the user of wp-config.php");
  };
  const std::string database = mariadb::quoted_name(site.database);
  for (const NeededTable& needed : needed_tables()) {
    const std::string table = site.table(needed.name);
    std::vector<std::string> missing;
    for (const std::string_view each : kOnTables) {
      if (!grants.allows(each, site.database, table)) missing.emplace_back(each);
    }
    std::string list;
    for (const std::string& each : missing) list += (list.empty() ? "" : ", ") + each;
    if (!missing.empty()) lacks(list, database + "." + mariadb::quoted_name(table));
  }
  // For its own tables, {prefix}postern_*.
  if (!grants.allows("CREATE", site.database, site.prefix + "postern_")) lacks("CREATE", database + ".*");
  if (lacking == 0) {
    report.ok("privileges", "The user of the database may read and write the " +
                                std::to_string(needed_tables().size()) + " tables and create those of Postern.");
  }
  return {};
}

}  // namespace postern::wordpress
