// What the files of a WordPress site say: its configuration, its version, what stands in its way. Reads, never writes.
#pragma once

#include "base/result.h"
#include "wordpress/wp_config.h"

#include <optional>
#include <string>

namespace postern::wordpress {

struct SiteFiles {
  std::string config_path;  // Of wp-config.php, absolute.
  WpConfig config;
  std::string abspath;            // The folder of WordPress, with '/' at its end; empty if it was not found.
  std::string version_file;       // wp-includes/version.php; empty if it cannot be read.
  std::string content_dir;        // Empty if it is not known or not there.
  bool has_object_cache = false;  // An object-cache.php in it.
  std::optional<std::string> plugin_version;  // Of FluentCommunity, as its file says.
};

// `path` is a wp-config.php, or the folder of WordPress; then the file may also lie one folder above it, as WordPress
// allows. Errors: not_found (with what was looked for), those of read_wp_config().
Result<SiteFiles> read_site_files(const std::string& path, const EnvironmentLookup& environment);

}  // namespace postern::wordpress
