#include "store/memory/memory_store.h"

#include "base/ascii.h"
#include "store/memory/memory_data.h"

#include <algorithm>
#include <tuple>

namespace postern {
namespace {

Error missing(std::string_view what) {
  return {Errc::not_found, "There is no such " + std::string(what) + ".", ""};
}

Result<void> require_generation(std::int64_t generation, CatalogStore::Generation wanted) {
  if (!wanted || generation == *wanted) return {};
  return Error{Errc::unavailable, "Spaces or webhooks have changed meanwhile.", ""};
}

bool begins_with(const std::string& text, const std::string& lower_prefix) {
  return ascii_lower(text).starts_with(lower_prefix);
}

}  // namespace

MemoryStore::MemoryStore() : data_(std::make_unique<Data>()) {}
MemoryStore::~MemoryStore() = default;

Result<std::int64_t> MemoryStore::catalog_generation() {
  const std::lock_guard lock(mutex_);
  return data_->generation;
}

Result<CatalogData> MemoryStore::load_catalog() {
  const std::lock_guard lock(mutex_);
  CatalogData out;
  out.generation = data_->generation;
  for (const auto& each : data_->spaces) out.spaces.push_back(each.second);
  for (const auto& each : data_->webhooks) out.webhooks.push_back(each.second);
  out.endpoints = !data_->endpoints.empty();
  return out;
}

std::uint64_t MemoryStore::own_changes() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::uint64_t>(data_->generation);  // Nobody else can raise it.
}

Result<SpaceId> MemoryStore::add_space(const Space& space) {
  const std::scoped_lock lock(writing_, mutex_);
  for (const auto& each : data_->spaces) {
    if (each.second.slug == space.slug) return Error{Errc::conflict, "The slug is taken.", ""};
  }
  const SpaceId id{data_->next_space++};
  data_->spaces[id] = space;
  data_->spaces[id].id = id;
  ++data_->generation;
  return id;
}

Result<void> MemoryStore::update_space(const Space& space, Generation if_generation) {
  const std::scoped_lock lock(writing_, mutex_);
  TRY(require_generation(data_->generation, if_generation));
  const auto it = data_->spaces.find(space.id);
  if (it == data_->spaces.end()) return missing("space");
  for (const auto& [id, other] : data_->spaces) {
    if (id != space.id && other.slug == space.slug) return Error{Errc::conflict, "The slug is taken.", ""};
  }
  const WallTime created = it->second.created_at;
  it->second = space;
  it->second.created_at = created;
  ++data_->generation;
  return {};
}

Result<void> MemoryStore::remove_space(SpaceId id, Generation if_generation) {
  const std::scoped_lock lock(writing_, mutex_);
  TRY(require_generation(data_->generation, if_generation));
  if (data_->spaces.erase(id) == 0) return missing("space");
  std::erase_if(data_->memberships, [&](const auto& each) { return each.first.second == id; });
  ++data_->generation;
  return {};
}

Result<WebhookId> MemoryStore::add_webhook(const Webhook& webhook) {
  const std::scoped_lock lock(writing_, mutex_);
  const WebhookId id{data_->next_webhook++};
  data_->webhooks[id] = webhook;
  data_->webhooks[id].id = id;
  ++data_->generation;
  return id;
}

Result<void> MemoryStore::update_webhook(const Webhook& webhook, Generation if_generation) {
  const std::scoped_lock lock(writing_, mutex_);
  TRY(require_generation(data_->generation, if_generation));
  const auto it = data_->webhooks.find(webhook.id);
  if (it == data_->webhooks.end()) return missing("webhook");
  const WallTime created = it->second.created_at;
  it->second = webhook;
  it->second.created_at = created;
  ++data_->generation;
  return {};
}

Result<void> MemoryStore::remove_webhook(WebhookId id, Generation if_generation) {
  const std::scoped_lock lock(writing_, mutex_);
  TRY(require_generation(data_->generation, if_generation));
  if (data_->webhooks.erase(id) == 0) return missing("webhook");
  ++data_->generation;
  return {};
}

Result<std::optional<User>> MemoryStore::find_user(std::string_view email_key) {
  const std::lock_guard lock(mutex_);
  const auto it = data_->by_email.find(email_key);
  return it == data_->by_email.end() ? std::optional<User>() : data_->users.at(it->second).user;
}

Result<std::optional<User>> MemoryStore::user_by_id(UserId id) {
  const std::lock_guard lock(mutex_);
  const auto it = data_->users.find(id);
  return it == data_->users.end() ? std::optional<User>() : it->second.user;
}

Result<UserList> MemoryStore::list_users(const UserPage& page) {
  const std::lock_guard lock(mutex_);
  const std::string prefix = ascii_lower(page.search);
  // What a user is sorted by: 0 found by e-mail or there is no search, 1 found by login.
  using Place = std::tuple<int, std::string, UserId>;
  std::map<Place, const User*> found;
  std::optional<Place> after;
  for (const auto& [id, person] : data_->users) {
    const bool by_email = begins_with(person.email_key, prefix);
    Place place{by_email ? 0 : 1, by_email ? person.email_key : ascii_lower(person.user.login), id};
    if (prefix.empty()) place = {0, "", id};
    if (page.after == id) after = place;
    if (!by_email && !begins_with(person.user.login, prefix)) continue;
    if (page.member_of && !data_->memberships.contains({id, *page.member_of})) continue;
    found[std::move(place)] = &person.user;
  }
  if (page.after && !after) {
    if (!prefix.empty()) {
      return Error{Errc::invalid, "The page cannot go on: the user it ended with has been removed. Begin again.", ""};
    }
    after = Place{0, "", *page.after};
  }
  UserList out;
  for (auto it = after ? found.upper_bound(*after) : found.begin(); it != found.end(); ++it) {
    if (out.users.size() == page.limit) {
      if (!out.users.empty()) out.next = out.users.back().id;
      break;
    }
    out.users.push_back(*it->second);
  }
  return out;
}

Result<std::vector<Member>> MemoryStore::members(SpaceId space, UserId after, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<Member> out;
  for (const auto& [place, row] : data_->memberships) {
    if (out.size() == limit) break;
    if (place.second != space || place.first <= after) continue;
    out.push_back({data_->users.at(place.first).user, row});
  }
  return out;
}

Result<std::map<SpaceId, std::int64_t>> MemoryStore::member_counts() {
  const std::lock_guard lock(mutex_);
  std::map<SpaceId, std::int64_t> out;
  for (const auto& each : data_->memberships) ++out[each.first.second];
  return out;
}

Result<std::vector<MembershipRow>> MemoryStore::memberships(UserId user) {
  const std::lock_guard lock(mutex_);
  std::vector<MembershipRow> out;
  for (const auto& [place, row] : data_->memberships) {
    if (place.first == user) out.push_back(row);
  }
  return out;
}

Result<void> MemoryStore::set_administrator(UserId user, bool administrator) {
  const std::scoped_lock lock(writing_, mutex_);
  const auto it = data_->users.find(user);
  if (it == data_->users.end()) return missing("user");
  it->second.user.administrator = administrator;
  return {};
}

Result<void> MemoryStore::edit_user(UserId user, const UserEdit& edit) {
  const std::scoped_lock lock(writing_, mutex_);
  const auto it = data_->users.find(user);
  if (it == data_->users.end()) return missing("user");
  if (edit.role) it->second.user.role = *edit.role;
  if (edit.meta) it->second.user.meta = *edit.meta;
  return {};
}

Result<void> MemoryStore::remove_user(UserId user) {
  const std::scoped_lock lock(writing_, mutex_);
  const auto it = data_->users.find(user);
  if (it == data_->users.end()) return missing("user");
  const std::string email_key = it->second.email_key;
  std::erase_if(data_->numbers, [&](const auto& each) { return each.second.email_key == email_key; });
  std::erase_if(data_->orders, [&](const auto& each) { return each.first.email_key == email_key; });
  data_->by_email.erase(email_key);
  data_->by_login.erase(ascii_lower(it->second.user.login));
  std::erase_if(data_->effects, [&](const auto& each) { return each.second.row.effect.user == user; });
  data_->users.erase(it);
  std::erase_if(data_->user_links, [&](const auto& each) { return each.link.user == user; });
  std::erase_if(data_->user_sessions, [&](const UserSession& each) { return each.user == user; });
  std::erase_if(data_->memberships, [&](const auto& each) { return each.first.first == user; });
  ++data_->generation;
  return {};
}

Result<void> MemoryStore::set_membership(UserId user, const Membership& membership, WallTime at) {
  const std::scoped_lock lock(writing_, mutex_);
  if (!data_->users.contains(user) || !data_->spaces.contains(membership.space)) return missing("user or space");
  data_->memberships[{user, membership.space}] = {membership, at, std::nullopt};
  return {};
}

Result<void> MemoryStore::remove_membership(UserId user, SpaceId space) {
  const std::scoped_lock lock(writing_, mutex_);
  if (data_->memberships.erase({user, space}) == 0) {
    return Error{Errc::not_found, "This person is not in this space or course.", ""};
  }
  return {};
}

Result<Counts> MemoryStore::counts() {
  const std::lock_guard lock(mutex_);
  const auto size = [](const auto& container) { return static_cast<std::int64_t>(container.size()); };
  const auto waiting = std::count_if(data_->effects.begin(), data_->effects.end(),
                                     [](const auto& each) { return each.second.row.state == OutboxState::waiting; });
  return Counts{size(data_->users), size(data_->memberships), size(data_->deliveries), waiting};
}

}  // namespace postern
