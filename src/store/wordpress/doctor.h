// Looks at a WordPress site the way a doctor does: everything that Postern will rely on, and nothing is changed.
#pragma once

#include "base/clock.h"
#include "store/wordpress/report.h"
#include "store/wordpress/site_address.h"
#include "wordpress/php_expression.h"

#include <chrono>
#include <string>

namespace postern::wordpress {

struct Visit {
  std::string path;  // Of wp-config.php, or of the folder of WordPress.
  SiteOverrides overrides;
  EnvironmentLookup environment;  // For a wp-config.php that reads it.
  WallTime now;
};

struct Diagnosis {
  Report report;
  std::string config_path;  // Empty if it was not found.
  std::string home;         // The site's address; empty if it is not known.
};

// Never fails: what goes wrong is a finding. Takes as long as reading the tables' indexes does; the connection is
// opened here, and a transaction that may only read is all that is done on it.
Diagnosis examine(const Visit& visit);

}  // namespace postern::wordpress
