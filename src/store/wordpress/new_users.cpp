#include "store/wordpress/new_users.h"

#include "identity/text.h"
#include "store/mariadb/insert.h"
#include "store/mariadb/value_list.h"
#include "store/wordpress/names.h"
#include "store/wordpress/user_reads.h"
#include "wordpress/user_rows.h"

#include <algorithm>
#include <variant>

namespace postern::wordpress {
namespace {

using mariadb::Query;
using mariadb::Value;

constexpr WpVersion kAutoloadOff{6, 6};  // Before: "no".
constexpr std::size_t kTimeLength = 19;  // Without a fraction.

// Their names are plain texts here; WordPress stores them escaped.
NewSiteUser as_sent(const NewUser& user, WallTime now) {
  const auto escaped = [](const std::string& text) { return identity::escape_html(text, false); };
  return {.login = user.login,
          .email = user.email,
          .first_name = escaped(user.first_name),
          .last_name = escaped(user.last_name),
          .display_name = escaped(user.display_name),
          .password_hash = user.password_hash.empty() ? "*" : user.password_hash,
          .registered = now};
}

// A role that a script has chosen. kDefaultUserRole, which everybody has who is given none, stands for the site's own.
SiteRules rules_for(const SiteOptions& options, const NewUser& user) {
  SiteRules out = options.rules;
  if (user.role == kDefaultUserRole || user.role == out.role) return out;
  out.role = user.role;
  out.user_level = level_of(options.roles, user.role);
  return out;
}

Result<std::vector<std::string>> choose_nicenames(const SiteWrite& site, std::span<const NewUser* const> users) {
  std::vector<Nameless> people;
  for (const NewUser* user : users) {
    people.push_back({[login = stored_login(user->login, site.options.rules.multisite), n = 0U]() mutable {
      return nicename_candidate(login, ++n);
    }});
  }
  return choose_names(
      people, [&](std::span<const std::string> names) { return owners_of_nicenames(site.db, site.tables, names); });
}

Result<std::vector<UserRows>> make_rows(const SiteWrite& site, std::span<const NewUser* const> users) {
  const std::vector<std::string> nicenames = TRY(choose_nicenames(site, users));
  std::vector<UserRows> out;
  for (std::size_t i = 0; i < users.size(); ++i) {
    const SiteRules rules = rules_for(site.options, *users[i]);
    if (is_powerful(site.options.roles, rules.role)) {
      return Error{Errc::invalid, "Nobody is made an administrator of the site by a delivery.", ""};
    }
    auto made = make_user_rows(rules, as_sent(*users[i], site.now), nicenames[i]);
    if (const auto* refusal = std::get_if<UserRefusal>(&made)) {
      return Error{Errc::invalid, "WordPress would refuse this user: " + std::string(refusal->message),
                   std::string(refusal->code)};
    }
    out.push_back(std::get<UserRows>(std::move(made)));
  }
  return out;
}

std::vector<Value> values_of(const UserRow& row) {
  return {row.user_pass,       row.user_nicename,       row.user_email,   row.user_url,
          row.user_registered, row.user_activation_key, row.display_name, row.user_login};
}

}  // namespace

Result<std::vector<std::string>> storable_times(mariadb::Connection& db, std::vector<std::string> times) {
  for (std::size_t at = 0; at < times.size(); at += mariadb::kMostPlaces) {
    const std::size_t count = std::min(mariadb::kMostPlaces, times.size() - at);
    const std::size_t columns = mariadb::places_for(count);
    const std::string sql = "SELECT " + mariadb::repeated("FROM_UNIXTIME(UNIX_TIMESTAMP(?))", columns, ", ");
    const std::vector<std::string> asked(times.begin() + static_cast<std::ptrdiff_t>(at),
                                         times.begin() + static_cast<std::ptrdiff_t>(at + count));
    Query query = db.query(sql);
    for (std::size_t i = 0; i < columns; ++i) query.bind(std::string_view(asked[std::min(i, count - 1)]));
    if (!TRY(query.step())) continue;
    for (std::size_t i = 0; i < count; ++i) {
      if (!query.is_null(i)) times[at + i] = query.text(i).substr(0, kTimeLength);
    }
  }
  return times;
}

Result<std::string> storable_time(mariadb::Connection& db, const TimeZone& zone, WallTime at) {
  return TRY(storable_times(db, {zone.local_text(at)})).front();
}

Result<void> count_users(const SiteWrite& site) {
  if (!site.options.keeps_user_count || site.options.rules.multisite) return {};
  const auto count = TRY(site.db.value(site.tables.sql("SELECT COUNT(ID) FROM [users]")));
  const std::string number = count.value_or("0");
  Query query = site.db.query(
      site.tables.sql("INSERT INTO [options] (option_name, option_value, autoload) VALUES ('user_count', ?, ?) "
                      "ON DUPLICATE KEY UPDATE option_value = VALUES(option_value), autoload = VALUES(autoload)"));
  query.bind(std::string_view(number));
  query.bind(std::string_view(site.options.rules.version >= kAutoloadOff ? "off" : "no"));
  return query.run();
}

Result<std::vector<UserId>> insert_users(const SiteWrite& site, std::span<const NewUser* const> users) {
  std::vector<UserId> out;
  if (users.empty()) return out;
  if (!site.options.refuses_new_users.empty()) {
    return Error{Errc::invalid, site.options.refuses_new_users, ""};
  }
  const std::vector<UserRows> rows = TRY(make_rows(site, users));
  std::vector<std::vector<Value>> user_rows;
  user_rows.reserve(rows.size());
  for (const UserRows& row : rows) user_rows.push_back(values_of(row.user));
  const auto ids = TRY(mariadb::insert_rows(site.db,
                                            {site.tables.name("users"),
                                             {"user_pass", "user_nicename", "user_email", "user_url", "user_registered",
                                              "user_activation_key", "display_name", "user_login"}},
                                            user_rows));
  std::vector<std::vector<Value>> meta;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto id = static_cast<std::int64_t>(ids[i]);
    out.push_back(UserId{id});
    for (const auto& [key, value] : rows[i].meta) meta.push_back({id, key, value});
    if (!users[i]->meta.empty()) meta.push_back({id, std::string(kScriptMeta), users[i]->meta});
  }
  TRY(mariadb::insert_rows(site.db, {site.tables.name("usermeta"), {"user_id", "meta_key", "meta_value"}}, meta));
  TRY(count_users(site));
  return out;
}

}  // namespace postern::wordpress
