#include "store/wordpress/site_transaction.h"

#include "identity/email.h"
#include "store/mariadb/value_list.h"
#include "store/wordpress/memberships.h"
#include "store/wordpress/names.h"
#include "store/wordpress/new_users.h"
#include "store/wordpress/site_emails.h"
#include "store/wordpress/webhook_runs.h"
#include "wordpress/user_rows.h"

#include <algorithm>
#include <map>
#include <set>

namespace postern::wordpress {
namespace {

constexpr WpVersion kNicenameNeeded{6, 9};

using Numbers = std::vector<std::int64_t>;

Numbers numbers(const std::set<std::int64_t>& from) {
  return {from.begin(), from.end()};
}

// A delivery after which FluentCommunity would have counted a run and made sure that there is a profile.
bool is_run(const Delivery& delivery) {
  return delivery.status == DeliveryStatus::processed && delivery.code.empty();
}

// Numbers of created users go to all deliveries for them.
Result<void> create_users(const SiteWrite& site, std::span<Change> changes) {
  std::vector<const NewUser*> users;
  std::vector<Change*> creators;
  for (Change& change : changes) {
    if (!change.create) continue;
    users.push_back(&*change.create);
    creators.push_back(&change);
  }
  const std::vector<UserId> ids = TRY(insert_users(site, users));
  for (std::size_t i = 0; i < creators.size(); ++i) creators[i]->delivery.user = ids[i];
  for (Change& change : changes) {
    if (change.created_by) change.delivery.user = changes[*change.created_by].delivery.user;
  }
  return {};
}

Result<void> make_profiles(const SiteWrite& site, std::span<const Change> changes) {
  std::set<std::int64_t> users;
  for (const Change& change : changes) {
    if (change.delivery.user && is_run(change.delivery)) users.insert(change.delivery.user->value);
  }
  return add_missing_profiles(site, numbers(users));
}

Result<void> change_memberships(const SiteWrite& site, std::span<const Change> changes) {
  std::vector<UserChange> out;
  for (const Change& change : changes) {
    if (!change.delivery.user) continue;
    for (const MembershipChange& each : change.memberships) out.push_back({change.delivery.user->value, each});
  }
  return write_memberships(site, out);
}

Result<void> count_runs(const SiteWrite& site, std::span<const Change> changes) {
  std::map<std::int64_t, std::int64_t> runs;
  for (const Change& change : changes) {
    if (is_run(change.delivery)) ++runs[change.delivery.webhook.value];
  }
  return add_runs(site, runs);
}

}  // namespace

Result<std::vector<Facts>> SiteTransaction::facts(std::span<const FactsQuery> queries) {
  std::vector<Facts> out(queries.size());
  std::vector<std::string> keys;
  std::set<std::int64_t> spaces;
  for (const FactsQuery& query : queries) {
    keys.emplace_back(query.email_key);
    for (const SpaceId space : query.spaces) spaces.insert(space.value);
  }
  const std::map<std::string, std::int64_t> users = TRY(users_by_email(db_, tables_, keys, EmailLookup::held));
  std::set<std::int64_t> known;
  for (const auto& [key, user] : users) known.insert(user);
  const Numbers administrators = TRY(administrators_among(db_, tables_, options_.roles, numbers(known)));
  std::map<std::int64_t, std::vector<PivotRow>> rows;
  for (const PivotRow& row : TRY(read_pivots(db_, tables_, numbers(known), numbers(spaces)))) {
    rows[row.user].push_back(row);
  }
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const auto user = users.find(keys[i]);
    if (user == users.end()) continue;
    out[i].user = UserId{user->second};
    out[i].administrator =
        std::find(administrators.begin(), administrators.end(), user->second) != administrators.end();
    out[i].memberships = memberships_of(rows[user->second]);
    std::erase_if(out[i].memberships, [&](const Membership& each) {
      return std::find(queries[i].spaces.begin(), queries[i].spaces.end(), each.space) == queries[i].spaces.end();
    });
  }
  return out;
}

Result<std::vector<bool>> SiteTransaction::logins_taken(std::span<const std::string> logins) {
  std::vector<bool> out(logins.size(), false);
  for (const NameOwner& owner : TRY(owners_of_names(db_, tables_, logins))) out[owner.name] = true;
  for (std::size_t i = 0; i < logins.size(); ++i) {
    const std::string stored = stored_login(logins[i], options_.rules.multisite);
    const bool without_nicename = nicename_candidate(stored, 1).empty();
    if (without_nicename && options_.rules.version >= kNicenameNeeded) out[i] = true;
  }
  return out;
}

Result<void> SiteTransaction::apply(std::span<Change> changes, WallTime now) {
  const SiteWrite site{db_, tables_, options_, now, TRY(storable_time(db_, options_.zone, now))};
  TRY(create_users(site, changes));
  TRY(make_profiles(site, changes));
  TRY(change_memberships(site, changes));
  return count_runs(site, changes);
}

}  // namespace postern::wordpress
