#include "store/wordpress/visible_spaces.h"

#include "store/mariadb/insert.h"
#include "store/mariadb/value_list.h"
#include "store/wordpress/memberships.h"
#include "wordpress/php_serialize.h"

#include <map>
#include <set>

namespace postern::wordpress {
namespace {

using mariadb::Query;
using mariadb::Value;

constexpr const char* kKey = "_fcom_space_ids";

struct SiteSpaces {
  std::vector<std::int64_t> all;  // By id.
  std::set<std::int64_t> open;
};

Result<SiteSpaces> read_spaces(const SiteWrite& site) {
  SiteSpaces out;
  Query query = site.db.query(site.tables.sql(
      "SELECT id, privacy = 'public' FROM [fcom_spaces] WHERE type IN ('community', 'course') ORDER BY id"));
  while (TRY(query.step())) {
    out.all.push_back(query.integer(0));
    if (query.integer(1) == 1) out.open.insert(query.integer(0));
  }
  return out;
}

bool moderates(std::string_view stored) {
  const auto roles = maybe_unserialize(stored);
  const PhpArray* list = roles ? roles->if_array() : nullptr;
  if (list == nullptr) return false;
  for (const PhpEntry& entry : list->entries) {
    const std::string* role = entry.value.if_string();
    if (role != nullptr && (*role == "admin" || *role == "moderator")) return true;
  }
  return false;
}

// Who sees every space.
Result<std::set<std::int64_t>> read_moderators(const SiteWrite& site, std::span<const std::int64_t> users) {
  const auto administrators = TRY(administrators_among(site.db, site.tables, site.options.roles, users));
  std::set<std::int64_t> out(administrators.begin(), administrators.end());
  TRY(mariadb::rows_with(
      site.db,
      site.tables.sql("SELECT object_id, value FROM [fcom_meta] WHERE object_type = 'user' AND meta_key = "
                      "'_user_community_roles' AND object_id IN "),
      std::vector<Value>(users.begin(), users.end()), "", [&](const Query& row) {
        if (moderates(row.text(1))) out.insert(row.integer(0));
      }));
  return out;
}

Result<std::map<std::int64_t, std::set<std::int64_t>>> read_memberships(const SiteWrite& site,
                                                                        std::span<const std::int64_t> users) {
  std::map<std::int64_t, std::set<std::int64_t>> out;
  std::vector<Value> texts;  // The column is a text.
  for (const std::int64_t each : users) texts.emplace_back(std::to_string(each));
  TRY(mariadb::rows_with(
      site.db,
      site.tables.sql("SELECT user_id, space_id FROM [fcom_space_user] WHERE status = 'active' AND user_id IN "), texts,
      "", [&](const Query& row) { out[row.integer(0)].insert(row.integer(1)); }));
  return out;
}

struct Remembered {
  std::int64_t row = 0;
  std::string value;
};

Result<std::map<std::int64_t, Remembered>> read_remembered(const SiteWrite& site, std::span<const std::int64_t> users) {
  std::map<std::int64_t, Remembered> out;
  TRY(mariadb::rows_with(
      site.db,
      site.tables.sql("SELECT user_id, umeta_id, meta_value FROM [usermeta] WHERE meta_key = '_fcom_space_ids' AND "
                      "user_id IN "),
      std::vector<Value>(users.begin(), users.end()), " ORDER BY umeta_id", [&](const Query& row) {
        out.emplace(row.integer(0), Remembered{row.integer(1), std::string(row.text(2))});
      }));
  return out;
}

}  // namespace

Result<void> remember_visible_spaces(const SiteWrite& site, std::span<const std::int64_t> users) {
  if (users.empty()) return {};
  const SiteSpaces spaces = TRY(read_spaces(site));
  const auto moderators = TRY(read_moderators(site, users));
  const auto memberships = TRY(read_memberships(site, users));
  const auto remembered = TRY(read_remembered(site, users));
  std::vector<std::vector<Value>> inserted;
  std::vector<mariadb::NewValue> changed;
  for (const std::int64_t user : users) {
    const auto member_of = memberships.find(user);
    std::vector<std::int64_t> visible;
    for (const std::int64_t space : spaces.all) {
      const bool member = member_of != memberships.end() && member_of->second.count(space) != 0;
      if (member || moderators.count(user) != 0 || spaces.open.count(space) != 0) visible.push_back(space);
    }
    const std::string value = php_serialize(php_list(visible));
    const auto known = remembered.find(user);
    if (known == remembered.end()) {
      inserted.push_back({user, std::string(kKey), value});
    } else if (known->second.value != value) {
      changed.push_back({known->second.row, value});
    }
  }
  TRY(mariadb::insert_rows(site.db, {site.tables.name("usermeta"), {"user_id", "meta_key", "meta_value"}}, inserted));
  return mariadb::update_values(site.db, site.tables.name("usermeta"), "umeta_id", "meta_value", changed, "", {});
}

}  // namespace postern::wordpress
