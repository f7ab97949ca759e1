#include "store/wordpress/site_users.h"

#include "identity/email.h"
#include "store/mariadb/insert.h"
#include "store/mariadb/value_list.h"
#include "store/wordpress/catalog_generation.h"
#include "store/wordpress/memberships.h"
#include "store/wordpress/site_emails.h"
#include "store/wordpress/user_reads.h"
#include "wordpress/php_serialize.h"

#include <algorithm>

namespace postern::wordpress {
namespace {

using mariadb::Connection;
using mariadb::Query;
using mariadb::Value;

Error no_user(UserId id) {
  return {Errc::not_found, "There is no user with the number " + std::to_string(id.value) + ".", ""};
}

Result<void> require_row(const SiteWrite& site, std::string_view sql, std::int64_t id, Error missing) {
  Query row = site.db.query(site.tables.sql(sql));
  row.bind(id);
  if (TRY(row.step())) return {};
  return missing;
}

Result<void> require_user(const SiteWrite& site, UserId id) {
  return require_row(site, "SELECT 1 FROM [users] WHERE ID = ? FOR UPDATE", id.value, no_user(id));
}

Result<std::optional<StoredUser>> read_user(Connection& db, const SiteOptionsReader& reader, std::int64_t id) {
  const SiteOptions options = TRY(reader.read(db));
  std::vector<StoredUser> users = TRY(read_users(db, reader.tables(), options, std::vector<std::int64_t>{id}));
  if (users.empty()) return std::optional<StoredUser>();
  return std::optional(std::move(users.front()));
}

Result<std::optional<std::int64_t>> user_with_email(Connection& db, const SiteTables& tables, std::string_view key) {
  const auto users = TRY(users_by_email(db, tables, std::vector<std::string>{std::string(key)}, EmailLookup::seen));
  return users.empty() ? std::optional<std::int64_t>() : std::optional(users.begin()->second);
}

std::optional<Credentials> credentials_from(std::optional<StoredUser> stored) {
  if (!stored) return std::nullopt;
  return Credentials{std::move(stored->user), std::move(stored->password_hash)};
}

// As update_user_meta(): one row of that key has the value afterwards.
Result<void> write_meta(const SiteWrite& site, UserId user, std::string_view key, const std::string& value) {
  Query row = site.db.query(site.tables.sql(
      "SELECT umeta_id FROM [usermeta] WHERE user_id = ? AND meta_key = ? ORDER BY umeta_id FOR UPDATE"));
  row.bind(user.value).bind(key);
  std::vector<mariadb::NewValue> rows;
  while (TRY(row.step())) rows.push_back({row.integer(0), value});
  if (!rows.empty()) {
    return mariadb::update_values(site.db, site.tables.name("usermeta"), "umeta_id", "meta_value", rows, "", {});
  }
  TRY(mariadb::insert_rows(site.db, {site.tables.name("usermeta"), {"user_id", "meta_key", "meta_value"}},
                           {{user.value, std::string(key), value}}));
  return {};
}

Result<void> write_role(const SiteWrite& site, UserId user, std::string_view role) {
  PhpValue capabilities{PhpArray()};
  if (!role.empty()) set_entry(capabilities, role, PhpValue{true});
  TRY(write_meta(site, user, site.tables.prefix() + "capabilities", php_serialize(capabilities)));
  return write_meta(site, user, site.tables.prefix() + "user_level",
                    std::to_string(level_of(site.options.roles, role)));
}

}  // namespace

template <class Work>
Result<void> SiteUsers::change(WallTime now, Work work) {
  return parts_.pool.write([&](Connection& db) -> Result<void> {
    if (parts_.lock) TRY(parts_.lock(db));
    const SiteOptions options = TRY(parts_.reader.read(db));
    return work(SiteWrite{db, parts_.reader.tables(), options, now, TRY(storable_time(db, options.zone, now))});
  });
}

Result<std::optional<User>> SiteUsers::find_user(std::string_view email_key) {
  return parts_.pool.read([&](Connection& db) -> Result<std::optional<User>> {
    const auto id = TRY(user_with_email(db, parts_.reader.tables(), email_key));
    auto stored = id ? TRY(read_user(db, parts_.reader, *id)) : std::nullopt;
    return stored ? std::optional(std::move(stored->user)) : std::nullopt;
  });
}

Result<std::optional<User>> SiteUsers::user_by_id(UserId id) {
  return parts_.pool.read([&](Connection& db) -> Result<std::optional<User>> {
    auto stored = TRY(read_user(db, parts_.reader, id.value));
    return stored ? std::optional(std::move(stored->user)) : std::nullopt;
  });
}

Result<UserList> SiteUsers::list_users(const UserPage& page) {
  return parts_.pool.read([&](Connection& db) -> Result<UserList> {
    const UserNumbers numbers = TRY(page_of_users(db, parts_.reader.tables(), page));
    const SiteOptions options = TRY(parts_.reader.read(db));
    const auto users = TRY(read_users(db, parts_.reader.tables(), options, numbers.ids));
    UserList out;
    for (const std::int64_t id : numbers.ids) {
      const auto same = [&](const StoredUser& each) { return each.user.id.value == id; };
      const auto it = std::find_if(users.begin(), users.end(), same);
      if (it != users.end()) out.users.push_back(it->user);
    }
    if (numbers.more) out.next = UserId{numbers.ids.back()};
    return out;
  });
}

Result<std::vector<Member>> SiteUsers::members(SpaceId space, UserId after, std::size_t limit) {
  return parts_.pool.read([&](Connection& db) -> Result<std::vector<Member>> {
    const SiteTables& tables = parts_.reader.tables();
    std::vector<std::int64_t> ids;
    Query row = db.query(
        tables.sql("SELECT DISTINCT u.ID FROM [fcom_space_user] AS m JOIN [users] AS u ON u.ID = m.user_id WHERE "
                   "m.space_id = ? AND u.ID > ? ORDER BY u.ID LIMIT ?"));
    row.bind(space.value).bind(after.value).bind(static_cast<std::int64_t>(limit));
    while (TRY(row.step())) ids.push_back(row.integer(0));
    const SiteOptions options = TRY(parts_.reader.read(db));
    const auto users = TRY(read_users(db, tables, options, ids));
    const auto rows = TRY(read_memberships(db, tables, options.zone, ids, space));
    std::vector<Member> out;
    for (const TimedMembership& each : rows) {
      const auto same = [&](const StoredUser& user) { return user.user.id.value == each.user; };
      const auto it = std::find_if(users.begin(), users.end(), same);
      if (it != users.end()) out.push_back({it->user, each.row});
    }
    return out;
  });
}

Result<std::map<SpaceId, std::int64_t>> SiteUsers::member_counts() {
  return parts_.pool.read([&](Connection& db) -> Result<std::map<SpaceId, std::int64_t>> {
    std::map<SpaceId, std::int64_t> out;
    Query row = db.query(parts_.reader.tables().sql(
        "SELECT m.space_id, COUNT(DISTINCT m.user_id) FROM [fcom_space_user] AS m JOIN [fcom_spaces] AS s ON s.id = "
        "m.space_id AND s.type IN ('community', 'course') GROUP BY m.space_id"));
    while (TRY(row.step())) out[SpaceId{row.integer(0)}] = row.integer(1);
    return out;
  });
}

Result<std::vector<MembershipRow>> SiteUsers::memberships(UserId user) {
  return parts_.pool.read([&](Connection& db) -> Result<std::vector<MembershipRow>> {
    const SiteOptions options = TRY(parts_.reader.read(db));
    const std::vector<std::int64_t> ids{user.value};
    std::vector<MembershipRow> out;
    const auto rows = TRY(read_memberships(db, parts_.reader.tables(), options.zone, ids, std::nullopt));
    out.reserve(rows.size());
    for (const TimedMembership& each : rows) out.push_back(each.row);
    return out;
  });
}

Result<void> SiteUsers::set_administrator(UserId user, bool administrator) {
  return change(parts_.clock.now(), [&](const SiteWrite& site) -> Result<void> {
    TRY(require_user(site, user));
    const auto known = TRY(administrators_among(site.db, site.tables, site.options.roles, std::vector{user.value}));
    if (!known.empty() == administrator) return {};
    if (!administrator && is_powerful(site.options.roles, site.options.rules.role)) {
      return Error{Errc::invalid, "The site's default role administers it too: choose another one in wp-admin first.",
                   ""};
    }
    return write_role(site, user, administrator ? "administrator" : site.options.rules.role);
  });
}

Result<void> SiteUsers::edit_user(UserId user, const UserEdit& edit) {
  return change(parts_.clock.now(), [&](const SiteWrite& site) -> Result<void> {
    TRY(require_user(site, user));
    if (edit.role && is_powerful(site.options.roles, *edit.role)) {
      return Error{Errc::invalid, "The role '" + *edit.role + "' administers the site. Choose another one.", ""};
    }
    if (edit.role) TRY(write_role(site, user, *edit.role));
    if (edit.meta) TRY(write_meta(site, user, kScriptMeta, *edit.meta));
    return {};
  });
}

Result<void> SiteUsers::remove_user(UserId user) {
  return change(parts_.clock.now(), [&](const SiteWrite& site) -> Result<void> {
    TRY(require_user(site, user));
    const std::vector<Value> number{user.value};
    const std::vector<Value> text{std::to_string(user.value)};
    TRY(mariadb::run_with(site.db, site.tables.sql("DELETE FROM [fcom_space_user] WHERE user_id IN "), text, ""));
    TRY(mariadb::run_with(site.db, site.tables.sql("DELETE FROM [fcom_xprofile] WHERE user_id IN "), number, ""));
    TRY(mariadb::run_with(site.db, site.tables.sql("DELETE FROM [usermeta] WHERE user_id IN "), number, ""));
    TRY(mariadb::run_with(site.db, site.tables.sql("DELETE FROM [users] WHERE ID IN "), number, ""));
    TRY(count_users(site));
    return CatalogGeneration::raise(site.db, site.tables);
  });
}

Result<void> SiteUsers::set_membership(UserId user, const Membership& membership, WallTime at) {
  return change(at, [&](const SiteWrite& site) -> Result<void> {
    TRY(require_user(site, user));
    TRY(require_row(
        site, "SELECT 1 FROM [fcom_spaces] WHERE id = ? AND type IN ('community', 'course') LOCK IN SHARE MODE",
        membership.space.value,
        {Errc::not_found, "There is no space or course with the number " + std::to_string(membership.space.value) + ".",
         ""}));
    // Several rows of PHP's become this one.
    std::vector<mariadb::Value> more;
    const auto rows =
        TRY(read_pivots(site.db, site.tables, std::vector{user.value}, std::vector{membership.space.value}));
    for (std::size_t i = 1; i < rows.size(); ++i) more.emplace_back(rows[i].id);
    TRY(mariadb::run_with(site.db, site.tables.sql("DELETE FROM [fcom_space_user] WHERE id IN "), more, ""));
    const auto kind = rows.empty() ? MembershipChange::Kind::join : MembershipChange::Kind::update;
    const UserChange change{user.value, {kind, membership}};
    return write_memberships(site, {&change, 1});
  });
}

Result<void> SiteUsers::remove_membership(UserId user, SpaceId space) {
  return change(parts_.clock.now(), [&](const SiteWrite& site) -> Result<void> {
    const auto rows = TRY(read_pivots(site.db, site.tables, std::vector{user.value}, std::vector{space.value}));
    if (rows.empty()) return Error{Errc::not_found, "There is no such membership.", ""};
    const UserChange change{user.value, {MembershipChange::Kind::leave, {space, {}, {}}}};
    return write_memberships(site, {&change, 1});
  });
}

Result<Counts> SiteUsers::counts() {
  return parts_.pool.read([&](Connection& db) -> Result<Counts> {
    Query row = db.query(parts_.reader.tables().sql(
        "SELECT (SELECT COUNT(ID) FROM [users]), (SELECT COUNT(DISTINCT user_id, space_id) FROM [fcom_space_user])"));
    Counts out;
    if (!TRY(row.step())) return out;
    out.users = row.integer(0);
    out.memberships = row.integer(1);
    return out;
  });
}

Result<std::optional<Credentials>> SiteUsers::find_credentials(std::string_view name) {
  return parts_.pool.read([&](Connection& db) -> Result<std::optional<Credentials>> {
    auto id = TRY(user_with_email(db, parts_.reader.tables(), identity::email_key(name)));
    if (!id) id = TRY(user_with_login(db, parts_.reader.tables(), name));
    if (!id) return std::optional<Credentials>();
    return credentials_from(TRY(read_user(db, parts_.reader, *id)));
  });
}

Result<std::optional<Credentials>> SiteUsers::credentials_of(UserId id) {
  return parts_.pool.read([&](Connection& db) -> Result<std::optional<Credentials>> {
    return credentials_from(TRY(read_user(db, parts_.reader, id.value)));
  });
}

Result<void> SiteUsers::set_user_password(UserId id, const std::string& hash) {
  return change(parts_.clock.now(), [&](const SiteWrite& site) -> Result<void> {
    TRY(require_user(site, id));
    Query query =
        site.db.query(site.tables.sql("UPDATE [users] SET user_pass = ?, user_activation_key = '' WHERE ID = ?"));
    query.bind(std::string_view(hash)).bind(id.value);
    return query.run();
  });
}

Result<void> SiteUsers::set_reset_key(UserId id, const std::string& stored) {
  return change(parts_.clock.now(), [&](const SiteWrite& site) -> Result<void> {
    TRY(require_user(site, id));
    Query query = site.db.query(site.tables.sql("UPDATE [users] SET user_activation_key = ? WHERE ID = ?"));
    query.bind(std::string_view(stored)).bind(id.value);
    return query.run();
  });
}

}  // namespace postern::wordpress
