#include "store/wordpress/memberships.h"

#include "store/mariadb/insert.h"
#include "store/mariadb/value_list.h"
#include "store/wordpress/visible_spaces.h"
#include "wordpress/php_serialize.h"

#include <algorithm>
#include <set>

namespace postern::wordpress {
namespace {

using mariadb::Query;
using mariadb::Value;
using mariadb::ValueList;

using Place = std::pair<std::int64_t, std::int64_t>;  // User, space.

// The column of users is a text in most versions: as a number it would not be found by its index.
std::vector<Value> as_texts(std::span<const std::int64_t> numbers) {
  std::vector<Value> out;
  for (const std::int64_t each : numbers) out.emplace_back(std::to_string(each));
  return out;
}

// What a batch comes to.
struct Plan {
  std::vector<std::int64_t> deleted;                                        // Rows.
  std::vector<std::pair<Place, Membership>> inserted;                       // In the order in which they were decided.
  std::map<std::pair<Role, MembershipStatus>, std::vector<Value>> updated;  // Rows.
  std::set<std::int64_t> left;                                              // Users.
};

class Planner {
 public:
  explicit Planner(std::span<const PivotRow> rows) {
    for (const PivotRow& row : rows) rows_[{row.user, row.space}].push_back(row.id);
  }

  void add(const UserChange& change) {
    const Place place{change.user, change.change.membership.space.value};
    switch (change.change.kind) {
      case MembershipChange::Kind::leave:
        leave(place);
        break;
      case MembershipChange::Kind::join:
      case MembershipChange::Kind::update:
        put(place, change.change.membership);
        break;
    }
  }

  Plan take() {
    for (const auto& [row, membership] : changed_) {
      plan_.updated[{membership.role, membership.status}].emplace_back(row);
    }
    return std::move(plan_);
  }

 private:
  void leave(const Place& place) {
    plan_.left.insert(place.first);
    std::erase_if(plan_.inserted, [&](const auto& each) { return each.first == place; });
    const auto it = rows_.find(place);
    if (it == rows_.end()) return;
    for (const std::int64_t row : it->second) {
      changed_.erase(row);
      plan_.deleted.push_back(row);
    }
    rows_.erase(it);
  }

  // Of several rows FluentCommunity looks at the first one only.
  void put(const Place& place, const Membership& membership) {
    if (const auto it = rows_.find(place); it != rows_.end()) {
      changed_[it->second.front()] = membership;
      return;
    }
    const auto same = [&](const auto& each) { return each.first == place; };
    const auto it = std::find_if(plan_.inserted.begin(), plan_.inserted.end(), same);
    if (it != plan_.inserted.end()) {
      it->second = membership;
    } else {
      plan_.inserted.emplace_back(place, membership);
    }
  }

  std::map<Place, std::vector<std::int64_t>> rows_;
  std::map<std::int64_t, Membership> changed_;
  Plan plan_;
};

Result<void> delete_and_update(const SiteWrite& site, const Plan& plan) {
  TRY(mariadb::run_with(site.db, site.tables.sql("DELETE FROM [fcom_space_user] WHERE id IN "),
                        std::vector<Value>(plan.deleted.begin(), plan.deleted.end()), ""));
  for (const auto& [place, rows] : plan.updated) {
    TRY(mariadb::for_each_list(rows, [&, &place = place](const ValueList& list) -> Result<void> {
      Query query = site.db.query(
          site.tables.sql("UPDATE [fcom_space_user] SET role = ?, status = ?, updated_at = ? WHERE id IN ") +
          list.marks());
      query.bind(to_word(place.first)).bind(to_word(place.second)).bind(std::string_view(site.local_now));
      list.bind(query);
      return query.run();
    }));
  }
  return {};
}

Result<void> insert(const SiteWrite& site, const Plan& plan) {
  std::vector<std::vector<Value>> rows;
  for (const auto& [place, membership] : plan.inserted) {
    rows.push_back({place.second, std::to_string(place.first), std::string(to_word(membership.status)),
                    std::string(to_word(membership.role)), site.local_now, site.local_now});
  }
  TRY(mariadb::insert_rows(
      site.db,
      {site.tables.name("fcom_space_user"), {"space_id", "user_id", "status", "role", "created_at", "updated_at"}},
      rows));
  return {};
}

bool administers(const PhpValue& roles, const PhpValue& capabilities) {
  const PhpArray* all = capabilities.if_array();
  if (all == nullptr) return false;
  return std::any_of(all->entries.begin(), all->entries.end(), [&](const PhpEntry& entry) {
    const std::string* name = std::get_if<std::string>(&entry.key);
    const bool* flag = std::get_if<bool>(&entry.value.data);
    const bool granted = flag == nullptr || *flag;
    return name != nullptr && granted && (*name == "manage_options" || is_powerful(roles, *name));
  });
}

}  // namespace

Result<std::vector<PivotRow>> read_pivots(mariadb::Connection& db, const SiteTables& tables,
                                          std::span<const std::int64_t> users, std::span<const std::int64_t> spaces) {
  std::vector<PivotRow> out;
  const std::vector<Value> user_values = as_texts(users);
  const std::vector<Value> space_values(spaces.begin(), spaces.end());
  const auto read_part = [&](const ValueList& some_users, const ValueList& some_spaces) -> Result<void> {
    Query query =
        db.query(tables.sql("SELECT id, user_id, space_id, role, status FROM [fcom_space_user] WHERE user_id IN ") +
                 some_users.marks() + " AND space_id IN " + some_spaces.marks() + " ORDER BY id FOR UPDATE");
    some_users.bind(query);
    some_spaces.bind(query);
    while (TRY(query.step())) {
      out.push_back({query.integer(0), query.integer(1), query.integer(2),
                     parse_role(query.text(3)).value_or(Role::member),
                     parse_membership_status(query.text(4)).value_or(MembershipStatus::pending)});
    }
    return {};
  };
  const Result<void> read = mariadb::for_each_list(user_values, [&](const ValueList& some_users) {
    return mariadb::for_each_list(space_values,
                                  [&](const ValueList& some_spaces) { return read_part(some_users, some_spaces); });
  });
  if (!read) return read.error();
  std::sort(out.begin(), out.end(), [](const PivotRow& a, const PivotRow& b) { return a.id < b.id; });
  return out;
}

std::vector<Membership> memberships_of(std::span<const PivotRow> rows) {
  const auto weight = [](MembershipStatus status) {
    return status == MembershipStatus::blocked ? 2 : status == MembershipStatus::active ? 1 : 0;
  };
  std::map<std::int64_t, Membership> by_space;
  for (const PivotRow& row : rows) {
    const Membership each{SpaceId{row.space}, row.role, row.status};
    const auto [it, fresh] = by_space.emplace(row.space, each);
    if (!fresh && weight(each.status) > weight(it->second.status)) it->second = each;
  }
  std::vector<Membership> out;
  out.reserve(by_space.size());
  for (const auto& [space, membership] : by_space) out.push_back(membership);
  return out;
}

Result<void> write_memberships(const SiteWrite& site, std::span<const UserChange> changes) {
  std::set<std::int64_t> users;
  std::set<std::int64_t> spaces;
  for (const UserChange& each : changes) {
    users.insert(each.user);
    spaces.insert(each.change.membership.space.value);
  }
  Planner planner(TRY(read_pivots(site.db, site.tables, std::vector<std::int64_t>(users.begin(), users.end()),
                                  std::vector<std::int64_t>(spaces.begin(), spaces.end()))));
  for (const UserChange& each : changes) planner.add(each);
  const Plan plan = planner.take();
  TRY(delete_and_update(site, plan));
  TRY(insert(site, plan));
  return remember_visible_spaces(site, std::vector<std::int64_t>(plan.left.begin(), plan.left.end()));
}

Result<std::vector<std::int64_t>> administrators_among(mariadb::Connection& db, const SiteTables& tables,
                                                       const PhpValue& roles, std::span<const std::int64_t> users) {
  std::vector<std::int64_t> out;
  const std::string key = tables.prefix() + "capabilities";
  const std::vector<Value> numbers(users.begin(), users.end());
  const Result<void> read = mariadb::for_each_list(numbers, [&](const ValueList& list) -> Result<void> {
    Query query = db.query(tables.sql("SELECT user_id, meta_value FROM [usermeta] WHERE meta_key = ? AND user_id IN ") +
                           list.marks());
    query.bind(std::string_view(key));
    list.bind(query);
    while (TRY(query.step())) {
      const auto capabilities = php_unserialize(query.text(1));
      if (capabilities && administers(roles, *capabilities)) out.push_back(query.integer(0));
    }
    return {};
  });
  if (!read) return read.error();
  return out;
}

}  // namespace postern::wordpress
