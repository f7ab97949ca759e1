#include "store/wordpress/content_checks.h"

#include "base/ascii.h"
#include "wordpress/php_serialize.h"
#include "wordpress/site_version.h"
#include "wordpress/user_rows.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>

namespace postern::wordpress {
namespace {

using mariadb::Query;

constexpr WpVersion kOldestTested{6, 1};
constexpr WpVersion kNewestTested{7, 1};
constexpr const char* kPlugin = "fluent-community/fluent-community.php";
constexpr const char* kPro = "fluent-community-pro/fluent-community-pro.php";

using Options = std::map<std::string, std::string>;

Result<Options> read_options(const Site& site) {
  Options out;
  const std::string roles = site.prefix + "user_roles";
  Query query =
      site.db.query("SELECT option_name, option_value FROM " + site.quoted("options") +
                    " WHERE option_name IN ('active_plugins', 'default_role', 'timezone_string', 'gmt_offset', "
                    "'blog_charset', 'home', 'siteurl', 'db_version', 'fluent_community_db_version', "
                    "'_transient_wp_core_block_css_files', '_site_transient_update_core', ?)");
  query.bind(roles);
  while (TRY(query.step())) out[std::string(query.text(0))] = query.text(1);
  return out;
}

std::string option(const Options& options, const std::string& name) {
  const auto it = options.find(name);
  return it == options.end() ? "" : it->second;
}

std::string version_text(WpVersion version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor);
}

Result<bool> any(const Site& site, const std::string& sql) {
  return TRY(site.db.value("SELECT EXISTS (" + sql + ")")).value_or("0") == "1";
}

Result<void> check_wordpress(const Site& site, const Options& options, Report& report) {
  VersionEvidence evidence{.version_file = site.files.version_file,
                           .block_css_files = option(options, "_transient_wp_core_block_css_files"),
                           .update_core = option(options, "_site_transient_update_core")};
  evidence.db_version = std::atoll(option(options, "db_version").c_str());
  evidence.has_new_hashes =
      TRY(any(site, "SELECT 1 FROM " + site.quoted("users") + " WHERE user_pass LIKE '$wp$2y$%'"));
  evidence.has_infinite_scrolling =
      TRY(any(site, "SELECT 1 FROM " + site.quoted("usermeta") + " WHERE meta_key = 'infinite_scrolling'"));
  const SiteVersion found = find_version(evidence);
  if (!found.version) {
    report.problem("wordpress", "It cannot be told which WordPress this is: neither its files nor its options say.",
                   "Let Postern read wp-includes/version.php, or check the table prefix.");
    return {};
  }
  const std::string says = "WordPress " + version_text(*found.version) + ", by " + found.known_from +
                           "; passwords are hashed " +
                           (found.password_rules == PasswordRules::since_6_8 ? "as since 6.8." : "as before 6.8.");
  if (*found.version < kOldestTested) {
    report.problem("wordpress", says + " That is older than 6.1, the oldest that is known.", "Update WordPress.");
  } else if (*found.version > kNewestTested) {
    report.warning("wordpress", says + " That is newer than 7.1, the newest that is known.",
                   "Compare a user that Postern made with one that WordPress made.");
  } else {
    report.ok("wordpress", says);
  }
  return {};
}

void check_plugins(const Site& site, const Options& options, Report& report) {
  const auto plugins = php_unserialize(option(options, "active_plugins"));
  if (!plugins || plugins->if_array() == nullptr) {
    report.problem("plugins", "The option 'active_plugins' cannot be read.",
                   "Open the page of plugins in wp-admin and switch one off and on again: that writes it anew.");
    return;
  }
  const auto is_active = [&](std::string_view name) {
    const auto& entries = plugins->if_array()->entries;
    return std::any_of(entries.begin(), entries.end(), [name](const PhpEntry& entry) {
      const std::string* text = entry.value.if_string();
      return text != nullptr && *text == name;
    });
  };
  if (!is_active(kPlugin)) {
    report.problem("plugins", "FluentCommunity is not active on this site.", "Activate it.");
    return;
  }
  std::string says = "FluentCommunity is active";
  if (site.files.plugin_version) says += ", version " + *site.files.plugin_version;
  const std::string tables = option(options, "fluent_community_db_version");
  if (!tables.empty()) says += " (its tables: " + tables + ")";
  says += is_active(kPro) ? "; so is its Pro version." : "; its Pro version, in which webhooks are made, is not.";
  report.ok("plugins", says);
}

void check_role(const Site& site, const Options& options, Report& report) {
  const std::string role = option(options, "default_role");
  const auto roles = php_unserialize(option(options, site.prefix + "user_roles"));
  if (is_powerful(roles ? *roles : PhpValue(), role)) {
    report.problem(
        "default_role",
        "New users of this site get the role '" + role +
            "', which may do everything. Whoever has a webhook's "
            "URL could make administrators: Postern refuses to make users here.",
        "Choose another 'New User Default Role' under Settings, General in wp-admin; mostly it is Subscriber.");
  } else if (!roles) {
    report.problem("default_role",
                   "The option '" + site.prefix + "user_roles' cannot be read: " + roles.error().message,
                   "Restore it from a backup. Without it nobody has any rights on the site.");
  } else if (role.empty() || roles->find(role) == nullptr) {
    report.warning("default_role",
                   role.empty() ? "New users of this site get no role."
                                : "New users get the role '" + role +
                                      "', which "
                                      "is not defined.",
                   "Choose a 'New User Default Role' under Settings, General in wp-admin.");
  } else {
    report.ok("default_role", "New users get the role '" + role + "'.");
  }
}

// A name of the time zone database: no way out of its folder.
bool is_zone_name(std::string_view name) {
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/") ==
             std::string_view::npos &&
         !name.starts_with('/');
}

Result<void> check_time_zone(const Site& site, const Options& options, Report& report) {
  const std::string zone = option(options, "timezone_string");
  const std::string offset = option(options, "gmt_offset");
  const std::string server =
      TRY(site.db.value("SELECT IF(@@SESSION.time_zone = 'SYSTEM', @@system_time_zone, @@SESSION.time_zone)"))
          .value_or("");
  const std::string database = " The database's is " + server + ", and stays as it is.";
  const std::filesystem::path zones = "/usr/share/zoneinfo";
  std::error_code error;
  if (zone.empty()) {
    report.ok("time_zone", "The site is " + (offset.empty() ? "0" : offset) + " hours from UTC." + database);
  } else if (!std::filesystem::is_directory(zones, error)) {
    report.problem("time_zone", "The site's time zone is " + zone + ", and this machine has no time zones.",
                   "Install the package tzdata.");
  } else if (!is_zone_name(zone) || !std::filesystem::is_regular_file(zones / zone, error)) {
    report.problem("time_zone", "The site's time zone '" + zone + "' is not known on this machine.",
                   "Choose another one under Settings, General in wp-admin, or update the package tzdata.");
  } else {
    report.ok("time_zone", "The site's time zone is " + zone + "." + database);
  }
  return {};
}

void check_addresses(const Site& site, const Options& options, Report& report) {
  const std::string home = site.files.config.home.value_or(option(options, "home"));
  const std::string site_url = site.files.config.site_url.value_or(option(options, "siteurl"));
  if (home.empty() || site_url.empty()) {
    report.problem("addresses", "The site does not know its own address: 'home' or 'siteurl' is empty.",
                   "Set both, as options or as WP_HOME and WP_SITEURL in wp-config.php.");
    return;
  }
  std::string_view host = home;
  host.remove_prefix(std::min(host.size(), host.find("://") == std::string_view::npos ? 0 : host.find("://") + 3));
  host = host.substr(0, host.find_first_of("/:"));
  if (host == "localhost") {
    report.warning("addresses", "The site is " + home + ": WordPress sends no mail from 'localhost'.",
                   "Give it a name with a dot in it, or 127.0.0.1.");
  } else {
    report.ok("addresses", "The site is " + home + ", its login page is " + site_url + "/wp-login.php.");
  }
}

void check_charset_option(const Options& options, Report& report) {
  const std::string charset = option(options, "blog_charset");
  if (charset.empty() || ascii_lower(charset) == "utf-8" || ascii_lower(charset) == "utf8") {
    report.ok("blog_charset", "The site's pages and mails are UTF-8.");
  } else {
    report.warning("blog_charset", "The site's pages and mails are " + charset + ", and Postern writes UTF-8.",
                   "Set the option 'blog_charset' to UTF-8.");
  }
}

void check_constants(const Site& site, Report& report) {
  const WpConfig& config = site.files.config;
  const std::string charset = ascii_lower(config.db_charset.value_or(""));
  if (charset.empty() || charset == "utf8mb4" || charset == "utf8" || charset == "utf8mb3") {
    report.ok("db_charset", "WordPress speaks UTF-8 with the database.");
  } else {
    report.problem("db_charset",
                   "DB_CHARSET is '" + charset +
                       "': what WordPress writes and reads is something else than what Postern "
                       "would, and names would come out garbled.",
                   "Convert the tables to utf8mb4 and set DB_CHARSET to 'utf8mb4'.");
  }
  if (config.multisite) {
    report.problem("multisite", "This is a network of sites (MULTISITE). Postern does not serve networks.",
                   "Use Postern for a site of its own.");
  } else {
    report.ok("multisite", "This is a single site, no network.");
  }
  if (site.files.content_dir.empty()) {
    report.warning("object_cache",
                   "The folder wp-content was not found, so it is not known whether there is an object cache.",
                   "Name the folder of WordPress instead of the file.");
  } else if (site.files.has_object_cache) {
    report.warning("object_cache",
                   "There is an object cache (object-cache.php in wp-content). What Postern changes of users who exist "
                   "may stay unseen until the cache forgets them.",
                   "Empty the cache when that happens ('wp cache flush'), or let it forget after some minutes.");
  } else {
    report.ok("object_cache", "There is no object cache that would hide changes.");
  }
}

// How many groups of rows there are of which `columns` are the same.
Result<std::size_t> count_twice(const Site& site, std::string_view table, const std::string& columns,
                                const std::string& condition) {
  const auto count = TRY(site.db.value("SELECT COUNT(*) FROM (SELECT 1 FROM " + site.quoted(table) + condition +
                                       " GROUP BY " + columns + " HAVING COUNT(*) > 1) AS twice"));
  return static_cast<std::size_t>(std::atoll(count.value_or("0").c_str()));
}

// The webhooks' rows, checked one by one.
class WebhookCheck {
 public:
  WebhookCheck(const Site& site, Report& report) : site_(site), report_(report) {}

  Result<void> run() {
    TRY(read_spaces());
    // A site has a handful; whoever has more than this has another problem.
    constexpr std::size_t kMost = 10'000;
    Query query = site_.db.query("SELECT id, value, value IS NULL FROM " + site_.quoted("fcom_meta") +
                                 " WHERE object_type = 'webhook' ORDER BY id LIMIT 10001");
    std::size_t count = 0;
    while (TRY(query.step()) && count < kMost) {
      ++count;
      if (query.integer(2) == 0) check(std::to_string(query.unsigned_integer(0)), query.text(1));
    }
    TRY(check_keys());
    if (report_.is_clean("webhooks")) report_.ok("webhooks", summary(count));
    if (report_.is_clean("webhook_spaces")) {
      report_.ok("webhook_spaces", "Every space and course that they name is there.");
    }
    return {};
  }

 private:
  static std::string summary(std::size_t count) {
    if (count == 0) return "The site has no webhooks yet.";
    return count == 1 ? "The site has 1 webhook, which can be read."
                      : "The site has " + std::to_string(count) + " webhooks, and all can be read.";
  }

  Result<void> read_spaces() {
    Query query = site_.db.query("SELECT id, type FROM " + site_.quoted("fcom_spaces"));
    while (TRY(query.step())) spaces_[query.integer(0)] = query.text(1);
    return {};
  }

  void check(const std::string& id, std::string_view text) {
    const auto value = php_unserialize(text);
    if (!value || value->if_array() == nullptr) {
      report_.problem("webhooks",
                      "The webhook in row " + id + " of " + site_.table("fcom_meta") +
                          " is damaged: " + (value ? "it holds no list of settings." : value.error().message),
                      "Delete that webhook and make it anew on the plugin's page, or restore the row from a backup.");
      return;
    }
    std::vector<std::string> gone;
    for (const char* list : {"course_ids", "space_ids", "remove_course_ids", "remove_space_ids"}) {
      const PhpValue* ids = value->find(list);
      if (ids != nullptr && ids->if_array() != nullptr) look_for(*ids->if_array(), gone);
    }
    std::sort(gone.begin(), gone.end());
    gone.erase(std::unique(gone.begin(), gone.end()), gone.end());
    if (gone.empty()) return;
    const bool one = gone.size() == 1;
    report_.warning("webhook_spaces",
                    "The webhook in row " + id + " names " + (one ? "number " : "the numbers ") + list_of(gone, 10) +
                        ", which " + (one ? "is no space or course" : "are no spaces or courses") + " of the site.",
                    "Edit the webhook on the plugin's page. Until then what is gone is passed over.");
  }

  // Numbers, also as text; what is no number the plugin passes over as well.
  void look_for(const PhpArray& ids, std::vector<std::string>& gone) const {
    for (const PhpEntry& entry : ids.entries) {
      std::int64_t id = 0;
      if (const std::int64_t* number = entry.value.if_integer()) id = *number;
      if (const std::string* text = entry.value.if_string()) id = std::atoll(text->c_str());
      if (id <= 0) continue;
      const auto it = spaces_.find(id);
      if (it == spaces_.end() || (it->second != "community" && it->second != "course"))
        gone.push_back(std::to_string(id));
    }
  }

  Result<void> check_keys() {
    const std::size_t twice = TRY(count_twice(site_, "fcom_meta", "meta_key", " WHERE object_type = 'webhook'"));
    if (twice > 0) {
      report_.problem("webhooks",
                      "Some webhooks have the same key as another one: " + std::to_string(twice) +
                          " keys are there more than once.",
                      "Delete one of each two on the plugin's page.");
    }
    return {};
  }

  const Site& site_;
  Report& report_;
  std::map<std::int64_t, std::string> spaces_;
};

}  // namespace

Result<void> check_options(const Site& site, Report& report) {
  const Options options = TRY(read_options(site));
  TRY(check_wordpress(site, options, report));
  check_plugins(site, options, report);
  check_role(site, options, report);
  TRY(check_time_zone(site, options, report));
  check_addresses(site, options, report);
  check_charset_option(options, report);
  check_constants(site, report);
  return {};
}

Result<void> check_duplicates(const Site& site, Report& report) {
  const std::size_t addresses = TRY(count_twice(site, "users", "user_email", " WHERE user_email <> ''"));
  if (addresses > 0) {
    report.warning("duplicate_users",
                   std::to_string(addresses) +
                       (addresses == 1 ? " e-mail address belongs" : " e-mail addresses belong") +
                       " to more than one user. A delivery for one of these changes the user with the lowest number.",
                   "They are listed by: SELECT user_email, GROUP_CONCAT(ID) FROM " + site.quoted("users") +
                       " WHERE user_email <> '' GROUP BY user_email HAVING COUNT(*) > 1");
  } else {
    report.ok("duplicate_users", "No two users have the same e-mail address.");
  }
  const std::size_t logins = TRY(count_twice(site, "users", "user_login", ""));
  if (logins > 0) {
    report.warning(
        "duplicate_logins",
        std::to_string(logins) + (logins == 1 ? " login belongs" : " logins belong") + " to more than one user.",
        "They are listed by: SELECT user_login, GROUP_CONCAT(ID) FROM " + site.quoted("users") +
            " GROUP BY user_login HAVING COUNT(*) > 1");
  } else {
    report.ok("duplicate_logins", "No two users have the same login.");
  }
  const std::size_t memberships = TRY(count_twice(site, "fcom_space_user", "space_id, user_id", ""));
  if (memberships > 0) {
    report.warning("duplicate_memberships",
                   std::to_string(memberships) + (memberships == 1 ? " membership is" : " memberships are") +
                       " there more than once.",
                   "They are listed by: SELECT space_id, user_id, GROUP_CONCAT(id) FROM " +
                       site.quoted("fcom_space_user") + " GROUP BY space_id, user_id HAVING COUNT(*) > 1");
  } else {
    report.ok("duplicate_memberships", "No membership is there twice.");
  }
  return {};
}

Result<void> check_webhooks(const Site& site, Report& report) {
  return WebhookCheck(site, report).run();
}

}  // namespace postern::wordpress
