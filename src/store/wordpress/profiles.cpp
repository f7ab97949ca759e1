// add_missing_profiles() of new_users.h.
#include "identity/text.h"
#include "store/mariadb/insert.h"
#include "store/mariadb/value_list.h"
#include "store/wordpress/names.h"
#include "store/wordpress/new_users.h"
#include "wordpress/php_serialize.h"
#include "wordpress/profile_name.h"
#include "wordpress/time_zone.h"

#include <map>

namespace postern::wordpress {
namespace {

using mariadb::Query;
using mariadb::Value;

constexpr std::size_t kMaxName = 192;  // Characters of fcom_xprofile.display_name; the site's own INSERT is cut there.

// What the profile of a user is made of.
struct Source {
  std::int64_t id = 0;
  std::string login;
  std::string nicename;
  std::string url;
  std::string registered;
  std::string display_name;
  std::map<std::string, std::string> meta;

  std::string text(const std::string& key) const {
    const auto it = meta.find(key);
    if (it == meta.end()) return "";
    // A name that looked serialized was serialized when it was stored.
    const auto value = maybe_unserialize(it->second);
    return value && value->if_string() != nullptr ? *value->if_string() : it->second;
  }
};

Result<std::vector<Source>> users_without_profile(const SiteWrite& site, std::span<const Value> users) {
  std::vector<Source> out;
  TRY(mariadb::rows_with(
      site.db,
      site.tables.sql(
          "SELECT u.ID, u.user_login, u.user_nicename, u.user_url, u.user_registered, u.display_name FROM "
          "[users] AS u LEFT JOIN [fcom_xprofile] AS p ON p.user_id = u.ID WHERE p.id IS NULL AND u.ID IN "),
      users, " ORDER BY u.ID", [&](const Query& row) {
        out.push_back({row.integer(0),
                       std::string(row.text(1)),
                       std::string(row.text(2)),
                       std::string(row.text(3)),
                       std::string(row.text(4)),
                       std::string(row.text(5)),
                       {}});
      }));
  return out;
}

Result<void> read_meta(const SiteWrite& site, std::vector<Source>& users) {
  std::map<std::int64_t, Source*> by_id;
  std::vector<Value> ids;
  for (Source& each : users) {
    by_id[each.id] = &each;
    ids.emplace_back(each.id);
  }
  return mariadb::rows_with(
      site.db, site.tables.sql("SELECT user_id, meta_key, meta_value FROM [usermeta] WHERE user_id IN "), ids,
      " AND meta_key IN ('first_name', 'last_name', 'description', '_fluent_cover_photo') ORDER BY umeta_id DESC",
      [&](const Query& row) { by_id[row.integer(0)]->meta[std::string(row.text(1))] = row.text(2); });
}

std::string full_name(const Source& user) {
  const std::string both = user.text("first_name") + " " + user.text("last_name");
  const std::string name(identity::trim(both));
  return name.empty() ? user.display_name : name;
}

std::string first_characters(const std::string& text, std::size_t characters) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
    if (begins && characters-- == 0) break;
  }
  return text.substr(0, at);
}

std::string profile_meta(const Source& user) {
  PhpValue out{PhpArray()};
  set_entry(out, "website", PhpValue{user.url});
  set_entry(out, "cover_photo", PhpValue{user.text("_fluent_cover_photo")});
  set_entry(out, "short_description_rendered", PhpValue{std::string()});
  return php_serialize(out);
}

Result<std::vector<std::string>> choose_usernames(const SiteWrite& site, std::span<const Source> users) {
  std::vector<Nameless> people;
  for (const Source& each : users) {
    const std::vector<std::string> fallbacks{each.nicename, each.text("first_name"), each.text("last_name"),
                                             each.display_name};
    people.push_back(
        {[names = ProfileNames(each.login, fallbacks, std::to_string(each.id))]() mutable { return names.next(); },
         each.id});
  }
  return choose_names(people,
                      [&](std::span<const std::string> names) { return owners_of_names(site.db, site.tables, names); });
}

// When they registered, by the site's clock.
Result<std::vector<std::string>> created_times(const SiteWrite& site, std::span<const Source> users) {
  std::vector<std::string> out;
  for (const Source& each : users) {
    const auto registered = parse_mysql_time(each.registered);
    out.push_back(registered ? site.options.zone.local_text(*registered) : site.local_now);
  }
  return storable_times(site.db, std::move(out));
}

}  // namespace

Result<void> add_missing_profiles(const SiteWrite& site, std::span<const std::int64_t> users) {
  std::vector<Source> missing = TRY(users_without_profile(site, std::vector<Value>(users.begin(), users.end())));
  if (missing.empty()) return {};
  TRY(read_meta(site, missing));
  const std::vector<std::string> usernames = TRY(choose_usernames(site, missing));
  const std::vector<std::string> created = TRY(created_times(site, missing));
  std::vector<std::vector<Value>> rows;
  for (std::size_t i = 0; i < missing.size(); ++i) {
    const Source& user = missing[i];
    rows.push_back({user.id, usernames[i], std::string("active"), std::int64_t{0},
                    first_characters(full_name(user), kMaxName), user.text("description"), profile_meta(user),
                    created[i], site.local_now});
  }
  TRY(mariadb::insert_rows(site.db,
                           {site.tables.name("fcom_xprofile"),
                            {"user_id", "username", "status", "is_verified", "display_name", "short_description",
                             "meta", "created_at", "updated_at"}},
                           rows));
  return {};
}

}  // namespace postern::wordpress
