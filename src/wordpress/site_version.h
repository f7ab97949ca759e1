// Which WordPress a site runs, found out without running it. Pure. Any thread.
// Source: observed on WordPress 6.1 to 7.1.
#pragma once

#include "wordpress/password.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postern::wordpress {

struct WpVersion {
  int major = 0;
  int minor = 0;

  auto operator<=>(const WpVersion&) const = default;
};

// "6.8.2", "7.1-beta2": what comes behind the second number does not matter here.
std::optional<WpVersion> parse_version(std::string_view text);

// What a site tells of its version, each empty if it does not.
struct VersionEvidence {
  std::string version_file;     // The text of wp-includes/version.php.
  std::string block_css_files;  // Option _transient_wp_core_block_css_files: written anew when the files change.
  std::string update_core;      // Option _site_transient_update_core.
  std::int64_t db_version = 0;  // Option db_version: it may lag behind the files, it never leads.
  bool has_new_hashes = false;  // A user_pass that begins with "$wp$2y$", or an activation key with "$generic$".
  bool has_infinite_scrolling = false;  // The newest users have this key in their meta.
};

struct SiteVersion {
  std::optional<WpVersion> version;  // Known, or at least the one that the site's tables are of.
  std::string known_from;            // Where from, for people; empty if not at all.
  // since_6_8 only if that is certain: in doubt the hashes that every version accepts.
  PasswordRules password_rules = PasswordRules::before_6_8;
};

SiteVersion find_version(const VersionEvidence& evidence);

}  // namespace postern::wordpress
