#include "store/wordpress/doctor.h"

#include "store/wordpress/content_checks.h"
#include "store/wordpress/database_checks.h"
#include "store/wordpress/site_files.h"

namespace postern::wordpress {
namespace {

// How an operator gives what only PHP could know.
std::string_view flag_for(std::string_view name) {
  if (name == "DB_HOST") return "--db-host";
  if (name == "DB_NAME") return "--db-name";
  if (name == "DB_USER") return "--db-user";
  if (name == "DB_PASSWORD") return "--db-password-file";
  if (name == "$table_prefix") return "--table-prefix";
  return "";
}

void report_config(const SiteFiles& files, Report& report) {
  for (const ConfigFault& fault : files.config.faults) {
    const std::string where = fault.line == 0 ? "" : " (line " + std::to_string(fault.line) + ")";
    const std::string says = fault.name + " " + fault.reason + where + ".";
    if (fault.required) {
      report.problem("config", says,
                     "Postern does not run PHP. Give the value with " + std::string(flag_for(fault.name)) +
                         (fault.reason.find("environment variable") == std::string::npos
                              ? "."
                              : ", or start Postern with the same environment as the web server."));
    } else {
      report.warning("config", says, "Postern goes on as if it were not there. Write the value itself into the file.");
    }
  }
  for (const ConfigInclude& include : files.config.includes) {
    report.warning(
        "config",
        "It includes " + include.what + " (line " + std::to_string(include.line) + "), which Postern does not read.",
        "See that no constant of the database or of addresses is defined there.");
  }
  const std::optional<std::string>& host = files.config.db_host;
  if (host && host->starts_with("p:")) {
    report.warning("config", "DB_HOST begins with 'p:', which WordPress takes for a host named 'p'.",
                   "Take it away: WordPress makes no lasting connections.");
  }
  if (report.is_clean("config")) report.ok("config", "It says all that is needed.");
}

// The checks that need a connection, the later ones only if the earlier ones allow it.
Result<void> check_database(const Site& site, Diagnosis& out) {
  Report& report = out.report;
  TRY(site.db.execute("START TRANSACTION READ ONLY"));
  TRY(check_server(site, report));
  TRY(check_privileges(site, report));
  if (!TRY(check_tables(site, report))) return {};
  if (out.home.empty()) {
    out.home = TRY(site.db.value("SELECT option_value FROM " + site.quoted("options") + " WHERE option_name = 'home'"))
                   .value_or("");
  }
  TRY(check_options(site, report));
  TRY(check_duplicates(site, report));
  TRY(check_webhooks(site, report));
  return site.db.execute("ROLLBACK");
}

std::string advice_for(const Error& error) {
  if (error.code == Errc::unauthorized) return "Check DB_USER, DB_PASSWORD and the grants of that user.";
  if (error.code == Errc::unavailable) return "Check that the database runs, and DB_HOST.";
  return "Check DB_NAME and DB_HOST.";
}

void connect_and_check(const SiteFiles& files, WallTime now, Diagnosis& out) {
  Report& report = out.report;
  const auto address = address_of(files.config);
  if (!address) return report.problem("connection", address.error().message, "Mend DB_HOST in wp-config.php.");
  const auto connection = mariadb::Connection::open(*address);
  if (!connection) {
    return report.problem("connection", connection.error().message + " " + connection.error().detail,
                          advice_for(connection.error()));
  }
  report.ok("connection", "The database " + address->database + " can be reached as user " + address->user + ".");
  const Site site{.db = **connection,
                  .files = files,
                  .database = address->database,
                  .prefix = files.config.table_prefix.value_or(""),
                  .now = now};
  const auto done = check_database(site, out);
  if (!done) {
    report.problem("database", done.error().message + " " + done.error().detail,
                   done.error().code == Errc::unauthorized ? "Grant what the check 'privileges' names."
                                                           : "Try again; if it stays, look into the database's log.");
  }
}

}  // namespace

Diagnosis examine(const Visit& visit) {
  Diagnosis out;
  auto files = read_site_files(visit.path, visit.environment);
  if (!files) {
    out.report.problem("config", files.error().message, "See what --wordpress names.");
    return out;
  }
  out.config_path = files->config_path;
  if (const auto applied = apply(visit.overrides, files->config); !applied) {
    out.report.problem("config", applied.error().message, "Mend --table-prefix.");
    return out;
  }
  out.home = files->config.home.value_or("");
  report_config(*files, out.report);
  if (files->config.is_usable()) connect_and_check(*files, visit.now, out);
  return out;
}

}  // namespace postern::wordpress
