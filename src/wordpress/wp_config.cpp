#include "wordpress/wp_config.h"

#include "wordpress/php_definitions.h"

#include <algorithm>
#include <array>

namespace postern::wordpress {
namespace {

constexpr std::size_t kMaxPrefixLength = 40;  // MariaDB's names have at most 64 characters.
constexpr std::int64_t kClientSsl = 2048;     // MYSQLI_CLIENT_SSL
constexpr std::array<std::string_view, 8> kKeys{"AUTH_KEY",  "SECURE_AUTH_KEY",  "LOGGED_IN_KEY",  "NONCE_KEY",
                                                "AUTH_SALT", "SECURE_AUTH_SALT", "LOGGED_IN_SALT", "NONCE_SALT"};

// Takes what WordPress uses out of all that is defined.
class Selection {
 public:
  explicit Selection(const PhpDefinitions& definitions) : definitions_(definitions) {}

  WpConfig run() {
    required("DB_NAME", out_.db_name);
    required("DB_USER", out_.db_user);
    std::optional<std::string> password;
    required("DB_PASSWORD", password);
    if (password) out_.db_password = Secret(*std::move(password));
    required("DB_HOST", out_.db_host);
    table_prefix();
    optional("DB_CHARSET", out_.db_charset);
    optional("DB_COLLATE", out_.db_collate);
    optional("WP_HOME", out_.home);
    optional("WP_SITEURL", out_.site_url);
    optional("WP_CONTENT_DIR", out_.content_dir);
    optional("CUSTOM_USER_TABLE", out_.user_table);
    optional("CUSTOM_USER_META_TABLE", out_.usermeta_table);
    optional("FLUENT_COMMUNITY_PORTAL_SLUG", out_.portal_slug);
    optional("DOMAIN_CURRENT_SITE", out_.network_domain);
    optional("PATH_CURRENT_SITE", out_.network_path);
    out_.network_blog_id = integer("BLOG_ID_CURRENT_SITE", 1);
    out_.multisite = integer("MULTISITE", 0) != 0;
    out_.db_tls = (integer("MYSQL_CLIENT_FLAGS", 0) & kClientSsl) != 0;
    for (const std::string_view name : kKeys) {
      const Evaluated* found = find(name);
      const std::string* text = found != nullptr && found->value ? found->value->if_string() : nullptr;
      if (text != nullptr) out_.keys.emplace(name, Secret(*text));
    }
    out_.includes = definitions_.includes;
    return std::move(out_);
  }

 private:
  const Evaluated* find(std::string_view name) const {
    const auto it = definitions_.scope.constants.find(name);
    return it == definitions_.scope.constants.end() ? nullptr : &it->second;
  }

  // The text of a text or number; else notes why not.
  std::optional<std::string> text(std::string_view name, const Evaluated& found, bool is_required) {
    if (found.value) {
      if (const std::string* plain = found.value->if_string()) return *plain;
      if (const std::int64_t* number = found.value->if_integer()) return std::to_string(*number);
    }
    const std::string reason = found.value ? "is neither a text nor a number" : found.reason;
    out_.faults.push_back({std::string(name), found.line, reason, is_required});
    return std::nullopt;
  }

  void required(std::string_view name, std::optional<std::string>& out) {
    if (const Evaluated* found = find(name)) {
      out = text(name, *found, true);
    } else {
      out_.faults.push_back({std::string(name), 0, missing(), true});
    }
  }

  void optional(std::string_view name, std::optional<std::string>& out) {
    if (const Evaluated* found = find(name)) out = text(name, *found, false);
  }

  std::int64_t integer(std::string_view name, std::int64_t otherwise) {
    const Evaluated* found = find(name);
    if (found == nullptr) return otherwise;
    if (found->value) {
      if (const bool* flag = std::get_if<bool>(&found->value->data)) return *flag ? 1 : 0;
      if (const std::int64_t* number = found->value->if_integer()) return *number;
    }
    out_.faults.push_back(
        {std::string(name), found->line, found->value ? "is neither true, false nor a number" : found->reason, false});
    return otherwise;
  }

  std::string missing() const {
    std::string out = "is not defined in this file";
    if (!definitions_.includes.empty()) {
      const ConfigInclude& first = definitions_.includes.front();
      out += "; perhaps in what it includes and Postern does not read (" + first.what + ", line " +
             std::to_string(first.line) + ")";
    }
    return out;
  }

  void table_prefix() {
    const Evaluated& found = definitions_.table_prefix;
    if (!found.value && found.reason.empty()) {
      out_.faults.push_back({"$table_prefix", 0, missing(), true});
      return;
    }
    out_.table_prefix = text("$table_prefix", found, true);
    if (out_.table_prefix && !is_table_prefix(*out_.table_prefix)) {
      out_.table_prefix.reset();
      out_.faults.push_back({"$table_prefix", found.line,
                             "holds something else than letters, digits and underscores, or more than 40 of them",
                             true});
    }
  }

  const PhpDefinitions& definitions_;
  WpConfig out_;
};

}  // namespace

bool WpConfig::is_usable() const {
  return std::none_of(faults.begin(), faults.end(), [](const ConfigFault& fault) { return fault.required; });
}

bool is_table_prefix(std::string_view text) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  return text.size() <= kMaxPrefixLength && text.find_first_not_of(kAllowed) == std::string_view::npos;
}

Result<WpConfig> read_wp_config(std::string_view file, const ConfigPlace& place) {
  const PhpDefinitions definitions = TRY(read_definitions(file, place));
  return Selection(definitions).run();
}

}  // namespace postern::wordpress
