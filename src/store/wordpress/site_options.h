// What of a site's options decides how people are written, read with one statement. WordPress reads its options for
// every request; Postern reads them for every batch, within its transaction, so that a change counts from the next
// batch on and nothing has to be told.
#pragma once

#include "base/guarded.h"
#include "base/result.h"
#include "store/mariadb/database.h"
#include "store/wordpress/site_tables.h"
#include "wordpress/site_version.h"
#include "wordpress/time_zone.h"
#include "wordpress/user_rows.h"

#include <cstdint>
#include <optional>
#include <string>

namespace postern::wordpress {

struct SiteOptions {
  SiteRules rules;
  SiteVersion version;
  int bcrypt_cost = kDefaultBcryptCost;  // Of the newest hashes on the site.
  TimeZone zone = TimeZone::fixed(std::chrono::seconds(0));
  PhpValue roles;  // {prefix}user_roles
  // Does WordPress keep its count of users (option user_count)? Not on a large site.
  bool keeps_user_count = true;
  bool courses = true;            // FluentCommunity's course module is on.
  std::string refuses_new_users;  // Why nobody may become a user here. Empty: they may.
  std::string home;               // As the mails have it; no '/' at the end.
  std::string site_url;
  std::string blog_name;  // As stored, with entities.
  std::string charset;
  std::string locale;  // Option WPLANG; empty: en_US.
};

// What a site says outside its database.
struct SiteSetup {
  SiteTables tables;
  std::string version_file;         // The text of wp-includes/version.php; empty: not known.
  std::optional<std::string> home;  // WP_HOME, WP_SITEURL: they come before the options.
  std::optional<std::string> site_url;
  bool multisite = false;
  std::string zone_folder = "/usr/share/zoneinfo";
};

// Any thread.
class SiteOptionsReader {
 public:
  explicit SiteOptionsReader(SiteSetup setup) : setup_(std::move(setup)) {}

  // Errors: those of to_error(); unavailable (the site's time zone is not known here, or its roles cannot be read: what
  // was wrong, and what to do); nothing may be written then.
  Result<SiteOptions> read(mariadb::Connection& db) const;
  const SiteSetup& setup() const { return setup_; }
  const SiteTables& tables() const { return setup_.tables; }

 private:
  struct Zone {
    std::string name;
    TimeZone zone = TimeZone::fixed(std::chrono::seconds(0));
  };
  Result<TimeZone> zone_named(const std::string& name) const;

  SiteSetup setup_;
  mutable Guarded<Zone> last_zone_{};  // A site changes its time zone once in its life; the file is read once.
};

}  // namespace postern::wordpress
