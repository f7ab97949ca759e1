#include "store/wordpress/site_options.h"

#include "base/ascii.h"
#include "wordpress/php_serialize.h"

#include <charconv>
#include <fstream>
#include <map>
#include <sstream>

namespace postern::wordpress {
namespace {

using mariadb::Connection;
using mariadb::Query;

constexpr std::int64_t kLargeSite = 10'000;  // Above it WordPress leaves its count of users alone.
constexpr int kMostBcryptCost = 16;

// The newest users stand for all: to look at every hash would read the whole table.
constexpr std::string_view kOptions =
    "SELECT option_name, option_value FROM [options] WHERE option_name IN "
    "('default_role', 'timezone_string', 'gmt_offset', 'home', 'siteurl', 'blogname', 'blog_charset', 'WPLANG', "
    "'db_version', 'user_count', '_transient_wp_core_block_css_files', '_site_transient_update_core', ?) "
    "UNION ALL SELECT '@features', value FROM [fcom_meta] WHERE object_type = 'option' AND "
    "meta_key = 'fluent_community_features' "
    "UNION ALL SELECT '@hash', hash FROM (SELECT LEFT(user_pass, 10) AS hash FROM (SELECT user_pass FROM [users] "
    "ORDER BY ID DESC LIMIT 20) AS newest WHERE user_pass LIKE '$wp$2y$%' LIMIT 1) AS found "
    "UNION ALL SELECT '@reset', '1' FROM (SELECT user_activation_key FROM [users] ORDER BY ID DESC LIMIT 20) AS newest "
    "WHERE user_activation_key LIKE '%:$generic$%' "
    "UNION ALL SELECT '@scrolling', '1' FROM (SELECT ID FROM [users] ORDER BY ID DESC LIMIT 20) AS newest "
    "JOIN [usermeta] AS m ON m.user_id = newest.ID AND m.meta_key = 'infinite_scrolling'";

using Texts = std::map<std::string, std::string, std::less<>>;

Result<Texts> read_texts(Connection& db, const SiteTables& tables) {
  Texts out;
  const std::string roles = tables.prefix() + "user_roles";
  Query query = db.query(tables.sql(kOptions));
  query.bind(roles);
  while (TRY(query.step())) out.emplace(query.text(0), query.text(1));
  return out;
}

std::string text_of(const Texts& texts, std::string_view name) {
  const auto it = texts.find(name);
  return it == texts.end() ? "" : it->second;
}

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() ? std::optional(out) : std::nullopt;
}

SiteVersion version_of(const Texts& texts, const std::string& version_file) {
  VersionEvidence evidence;
  evidence.version_file = version_file;
  evidence.block_css_files = text_of(texts, "_transient_wp_core_block_css_files");
  evidence.update_core = text_of(texts, "_site_transient_update_core");
  evidence.db_version = number_of(text_of(texts, "db_version")).value_or(0);
  evidence.has_new_hashes = texts.count("@hash") != 0 || texts.count("@reset") != 0;
  evidence.has_infinite_scrolling = texts.count("@scrolling") != 0;
  return find_version(evidence);
}

// "$wp$2y$10$"
int cost_of(std::string_view hash) {
  const auto cost = hash.size() == 10 ? number_of(hash.substr(7, 2)) : std::nullopt;
  return cost && *cost >= 4 && *cost <= kMostBcryptCost ? static_cast<int>(*cost) : kDefaultBcryptCost;
}

// {prefix}fcom_meta, "fluent_community_features". Only a "no" switches courses off.
bool has_courses(const Texts& texts) {
  const auto features = maybe_unserialize(text_of(texts, "@features"));
  const PhpValue* module = features ? features->find("course_module") : nullptr;
  const std::string* word = module == nullptr ? nullptr : module->if_string();
  return word == nullptr || *word == "yes";
}

std::string url_of(const std::optional<std::string>& constant, const Texts& texts, std::string_view option) {
  std::string out = constant ? *constant : text_of(texts, option);
  while (out.ends_with('/')) out.pop_back();
  return out;
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  if (!file || !(text << file.rdbuf())) return Error{Errc::not_found, "The file cannot be read.", path};
  return text.str();
}

}  // namespace

Result<TimeZone> SiteOptionsReader::zone_named(const std::string& name) const {
  const auto known =
      last_zone_.with([&](const Zone& last) { return last.name == name ? std::optional(last.zone) : std::nullopt; });
  if (known) return *known;
  const auto refused = [&](const std::string& why) {
    return Error{Errc::unavailable, "The site's time zone cannot be used, so no time can be written there.",
                 "Option timezone_string of '" + name + "': " + why +
                     " Install the package tzdata, or choose another time zone in Settings > General."};
  };
  if (!is_zone_name(name)) return refused("this is no name of a time zone.");
  const Result<std::string> file = read_file(setup_.zone_folder + "/" + name);
  if (!file) return refused("there is no such file in " + setup_.zone_folder + ".");
  const Result<TimeZone> zone = TimeZone::parse(*file);
  if (!zone) return refused(zone.error().message);
  last_zone_.with([&](Zone& last) { last = {name, *zone}; });
  return *zone;
}

Result<SiteOptions> SiteOptionsReader::read(Connection& db) const {
  const Texts texts = TRY(read_texts(db, tables()));
  SiteOptions out;
  out.version = version_of(texts, setup_.version_file);
  out.bcrypt_cost = cost_of(text_of(texts, "@hash"));
  const std::string zone = text_of(texts, "timezone_string");
  out.zone = zone.empty()
                 ? TimeZone::fixed(parse_gmt_offset(text_of(texts, "gmt_offset")).value_or(std::chrono::seconds(0)))
                 : TRY(zone_named(zone));
  auto roles = php_unserialize(text_of(texts, tables().prefix() + "user_roles"));
  if (!roles || roles->if_array() == nullptr) {
    return Error{Errc::unavailable,
                 "The roles of the site cannot be read, so nobody can be told from an administrator.",
                 "Option " + tables().prefix() + "user_roles: " + (roles ? "it is no array." : roles.error().message) +
                     " Restore it, or check the table prefix."};
  }
  out.roles = *std::move(roles);
  out.rules.version = out.version.version.value_or(WpVersion{6, 1});
  out.rules.table_prefix = tables().prefix();
  out.rules.role = text_of(texts, "default_role");
  out.rules.user_level = level_of(out.roles, out.rules.role);
  out.rules.multisite = setup_.multisite;
  if (is_powerful(out.roles, out.rules.role)) {
    out.refuses_new_users = "New users of this site would get the role '" + out.rules.role +
                            "', which administers the site. Choose another one as New User Default Role in wp-admin, "
                            "Settings > General.";
  }
  out.keeps_user_count = number_of(text_of(texts, "user_count")).value_or(0) <= kLargeSite;
  out.courses = has_courses(texts);
  out.home = url_of(setup_.home, texts, "home");
  out.site_url = url_of(setup_.site_url, texts, "siteurl");
  out.blog_name = text_of(texts, "blogname");
  out.charset = text_of(texts, "blog_charset");
  out.locale = text_of(texts, "WPLANG");
  return out;
}

}  // namespace postern::wordpress
