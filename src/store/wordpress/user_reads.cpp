#include "store/wordpress/user_reads.h"

#include "base/ascii.h"
#include "identity/name.h"
#include "store/mariadb/value_list.h"
#include "store/wordpress/memberships.h"
#include "store/wordpress/site_emails.h"
#include "wordpress/php_serialize.h"

#include <algorithm>
#include <map>

namespace postern::wordpress {
namespace {

using mariadb::Connection;
using mariadb::Query;
using mariadb::Value;

std::string name_of(std::string_view stored) {
  const auto value = maybe_unserialize(stored);
  const std::string* text = value ? value->if_string() : nullptr;
  return identity::name_text(text != nullptr ? *text : stored);
}

// The first role that is granted.
std::string role_of(std::string_view stored) {
  const auto capabilities = php_unserialize(stored);
  const PhpArray* all = capabilities ? capabilities->if_array() : nullptr;
  if (all == nullptr) return "";
  for (const PhpEntry& entry : all->entries) {
    const std::string* name = std::get_if<std::string>(&entry.key);
    const bool* granted = std::get_if<bool>(&entry.value.data);
    if (name != nullptr && granted != nullptr && *granted) return *name;
  }
  return "";
}

Result<void> add_meta(Connection& db, const SiteTables& tables, std::map<std::int64_t, StoredUser>& users) {
  std::vector<Value> ids;
  ids.reserve(users.size());
  for (const auto& [id, user] : users) ids.emplace_back(id);
  const std::string capabilities = tables.prefix() + "capabilities";
  const std::vector<Value> keys{std::string("first_name"), std::string("last_name"), std::string(kScriptMeta),
                                capabilities};
  const mariadb::ValueList key_list(keys);
  return mariadb::for_each_list(ids, [&](const mariadb::ValueList& list) -> Result<void> {
    Query row = db.query(tables.sql("SELECT user_id, meta_key, meta_value FROM [usermeta] WHERE user_id IN ") +
                         list.marks() + " AND meta_key IN " + key_list.marks() + " ORDER BY umeta_id DESC");
    list.bind(row);
    key_list.bind(row);
    while (TRY(row.step())) {  // Of several the first one counts: it comes last.
      User& user = users.at(row.integer(0)).user;
      const std::string_view key = row.text(1);
      if (key == "first_name") user.first_name = name_of(row.text(2));
      if (key == "last_name") user.last_name = name_of(row.text(2));
      if (key == kScriptMeta) user.meta = row.text(2);
      if (key == capabilities) user.role = role_of(row.text(2));
    }
    return {};
  });
}

// For LIKE: its own characters stand for themselves.
std::string prefix_pattern(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out + "%";
}

struct Place {
  std::int64_t id = 0;
  std::string login;
  bool by_email = true;  // Found by the e-mail address, or only by the login.
};

// Where a page with a search goes on.
Result<Place> place_after(Connection& db, const SiteTables& tables, UserId after, const std::string& pattern) {
  Query row = db.query(tables.sql("SELECT user_login, user_email LIKE ? FROM [users] WHERE ID = ?"));
  row.bind(std::string_view(pattern)).bind(after.value);
  if (!TRY(row.step())) return Error{Errc::invalid, "The user behind whom the page begins has been removed.", ""};
  return Place{after.value, std::string(row.text(0)), row.integer(1) != 0};
}

}  // namespace

Result<std::vector<StoredUser>> read_users(Connection& db, const SiteTables& tables, const SiteOptions& options,
                                           std::span<const std::int64_t> ids) {
  std::map<std::int64_t, StoredUser> users;
  TRY(mariadb::rows_with(
      db,
      tables.sql(
          "SELECT ID, user_email, user_login, display_name, user_registered, user_pass FROM [users] WHERE ID IN "),
      std::vector<Value>(ids.begin(), ids.end()), "", [&](const Query& row) {
        StoredUser& out = users[row.integer(0)];
        out.user.id.value = row.integer(0);
        out.user.email = email_of(row.text(1));
        out.user.login = row.text(2);
        out.user.display_name = identity::name_text(std::string(row.text(3)));
        out.user.created_at = parse_mysql_time(row.text(4)).value_or(WallTime{});
        out.user.role.clear();
        if (row.text(5) != "*") out.password_hash = row.text(5);
      }));
  TRY(add_meta(db, tables, users));
  for (const std::int64_t id : TRY(administrators_among(db, tables, options.roles, ids))) {
    if (const auto it = users.find(id); it != users.end()) it->second.user.administrator = true;
  }
  std::vector<StoredUser> out;
  out.reserve(users.size());
  for (auto& [id, user] : users) out.push_back(std::move(user));
  return out;
}

Result<UserNumbers> page_of_users(Connection& db, const SiteTables& tables, const UserPage& page) {
  const std::string member = tables.sql(
      page.member_of ? " AND EXISTS (SELECT 1 FROM [fcom_space_user] AS m WHERE m.user_id = CAST(u.ID AS CHAR) AND "
                       "m.space_id = ?)"
                     : "");
  const auto limit = static_cast<std::int64_t>(page.limit);
  UserNumbers out;
  const auto read = [&](Query& row) -> Result<void> {
    if (page.member_of) row.bind(page.member_of->value);
    row.bind(limit + 1 - static_cast<std::int64_t>(out.ids.size()));
    while (TRY(row.step())) out.ids.push_back(row.integer(0));
    return {};
  };
  if (page.search.empty()) {
    Query row =
        db.query(tables.sql("SELECT u.ID FROM [users] AS u WHERE u.ID > ?") + member + " ORDER BY u.ID LIMIT ?");
    row.bind(page.after.value_or(UserId{}).value);
    TRY(read(row));
  } else {
    Place place;
    const std::string pattern = prefix_pattern(page.search);
    if (page.after) place = TRY(place_after(db, tables, *page.after, pattern));
    if (place.by_email) {
      Query row = db.query(tables.sql("SELECT u.ID FROM [users] AS u WHERE u.user_email LIKE ? AND u.ID > ?") + member +
                           " ORDER BY u.ID LIMIT ?");
      row.bind(std::string_view(pattern)).bind(place.id);
      TRY(read(row));
      place.login.clear();
    }
    if (out.ids.size() <= page.limit) {
      Query row = db.query(tables.sql("SELECT u.ID FROM [users] AS u WHERE u.user_login LIKE ? AND u.user_email NOT "
                                      "LIKE ? AND u.user_login > ?") +
                           member + " ORDER BY u.user_login, u.ID LIMIT ?");
      row.bind(std::string_view(pattern)).bind(std::string_view(pattern)).bind(std::string_view(place.login));
      TRY(read(row));
    }
  }
  out.more = out.ids.size() > page.limit;
  if (out.more) out.ids.resize(page.limit);
  return out;
}

Result<std::optional<std::int64_t>> user_with_login(Connection& db, const SiteTables& tables, std::string_view login) {
  Query row = db.query(tables.sql("SELECT ID, user_login FROM [users] WHERE user_login = ? ORDER BY ID"));
  row.bind(login);
  while (TRY(row.step())) {
    if (ascii_lower(row.text(1)) == ascii_lower(login)) return std::optional(row.integer(0));
  }
  return std::optional<std::int64_t>();
}

Result<std::vector<TimedMembership>> read_memberships(Connection& db, const SiteTables& tables, const TimeZone& zone,
                                                      std::span<const std::int64_t> users,
                                                      std::optional<SpaceId> space) {
  std::vector<Value> texts;  // The column is a text.
  for (const std::int64_t each : users) texts.emplace_back(std::to_string(each));
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<PivotRow>> rows;
  std::map<std::int64_t, WallTime> changed;  // By row.
  TRY(mariadb::rows_with(
      db,
      tables.sql("SELECT m.id, m.user_id, m.space_id, m.role, m.status, COALESCE(m.updated_at, m.created_at) FROM "
                 "[fcom_space_user] AS m JOIN [fcom_spaces] AS s ON s.id = m.space_id AND s.type IN ('community', "
                 "'course') WHERE m.user_id IN "),
      texts, " ORDER BY m.id", [&](const Query& row) {
        const std::int64_t of_space = row.integer(2);
        if (space && space->value != of_space) return;
        rows[{row.integer(1), of_space}].push_back(
            {row.integer(0), row.integer(1), of_space, parse_role(row.text(3)).value_or(Role::member),
             parse_membership_status(row.text(4)).value_or(MembershipStatus::pending)});
        changed[row.integer(0)] = zone.from_local(row.text(5)).value_or(WallTime{});
      }));
  std::vector<TimedMembership> out;
  for (const auto& [place, pivots] : rows) {
    WallTime since{};
    for (const PivotRow& each : pivots) since = std::max(since, changed[each.id]);
    out.push_back({place.first, {memberships_of(pivots).front(), since, {}}});
  }
  return out;
}

}  // namespace postern::wordpress
