#include "store/memory/memory_store.h"

#include "store/memory/memory_data.h"

#include <algorithm>

namespace postern {
namespace {

Error missing(std::string_view what) {
  return {Errc::not_found, "There is no such " + std::string(what) + ".", ""};
}

bool begins_with(const std::string& text, const std::string& lower_prefix) {
  return memory_lower(text).starts_with(lower_prefix);
}

}  // namespace

std::string memory_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

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
  return out;
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

Result<void> MemoryStore::update_space(const Space& space) {
  const std::scoped_lock lock(writing_, mutex_);
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

Result<void> MemoryStore::remove_space(SpaceId id) {
  const std::scoped_lock lock(writing_, mutex_);
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

Result<void> MemoryStore::update_webhook(const Webhook& webhook) {
  const std::scoped_lock lock(writing_, mutex_);
  const auto it = data_->webhooks.find(webhook.id);
  if (it == data_->webhooks.end()) return missing("webhook");
  const WallTime created = it->second.created_at;
  it->second = webhook;
  it->second.created_at = created;
  ++data_->generation;
  return {};
}

Result<void> MemoryStore::remove_webhook(WebhookId id) {
  const std::scoped_lock lock(writing_, mutex_);
  if (data_->webhooks.erase(id) == 0) return missing("webhook");
  ++data_->generation;
  return {};
}

Result<std::optional<User>> MemoryStore::find_user(std::string_view email_key) {
  const std::lock_guard lock(mutex_);
  const auto it = data_->by_email.find(email_key);
  return it == data_->by_email.end() ? std::optional<User>() : data_->users.at(it->second).user;
}

Result<std::vector<User>> MemoryStore::list_users(const UserPage& page) {
  const std::lock_guard lock(mutex_);
  const std::string prefix = memory_lower(page.search);
  std::vector<User> out;
  for (const auto& [id, person] : data_->users) {
    if (out.size() == page.limit) break;
    if (page.after && id <= *page.after) continue;
    if (!begins_with(person.email_key, prefix) && !begins_with(person.user.login, prefix)) continue;
    if (page.member_of && !data_->memberships.contains({id, *page.member_of})) continue;
    out.push_back(person.user);
  }
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

Result<void> MemoryStore::remove_user(UserId user) {
  const std::scoped_lock lock(writing_, mutex_);
  const auto it = data_->users.find(user);
  if (it == data_->users.end()) return missing("user");
  data_->by_email.erase(it->second.email_key);
  data_->by_login.erase(memory_lower(it->second.user.login));
  data_->users.erase(it);
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

Result<Counts> MemoryStore::counts() {
  const std::lock_guard lock(mutex_);
  const auto size = [](const auto& container) { return static_cast<std::int64_t>(container.size()); };
  return Counts{size(data_->users), size(data_->memberships), size(data_->deliveries), size(data_->outbox)};
}

Result<std::vector<Delivery>> MemoryStore::deliveries(const DeliveryQuery& query) {
  const std::lock_guard lock(mutex_);
  std::vector<Delivery> out;
  for (const auto& [id, delivery] : data_->deliveries) {
    if (query.webhook && delivery.webhook != *query.webhook) continue;
    if (query.status && delivery.status != *query.status) continue;
    if (!query.email_key.empty() && memory_lower(delivery.email) != query.email_key) continue;
    if (query.since && delivery.received_at < *query.since) continue;
    if (query.before && id >= *query.before) continue;
    if (query.after && id <= *query.after) continue;
    out.push_back(delivery);
  }
  if (!query.after) std::reverse(out.begin(), out.end());
  if (out.size() > query.limit) out.resize(query.limit);
  return out;
}

Result<std::optional<Delivery>> MemoryStore::find_delivery(DeliveryId id) {
  const std::lock_guard lock(mutex_);
  const auto it = data_->deliveries.find(id);
  return it == data_->deliveries.end() ? std::optional<Delivery>() : it->second;
}

Result<std::size_t> MemoryStore::trim(const Retention& retention, WallTime now, std::size_t batch) {
  const std::scoped_lock lock(writing_, mutex_);
  std::size_t gone = 0;
  const DeliveryId oldest = delivery_id_at(now - retention.keep_for);
  const auto surplus = [&] { return static_cast<std::int64_t>(data_->deliveries.size()) > retention.keep_rows; };
  while (gone < batch && !data_->deliveries.empty() && (data_->deliveries.begin()->first < oldest || surplus())) {
    data_->deliveries.erase(data_->deliveries.begin());
    ++gone;
  }
  const DeliveryId oldest_key = delivery_id_at(now - retention.keep_repeat_keys_for);
  gone += std::erase_if(data_->repeats, [&](const auto& each) { return each.second.first < oldest_key; });
  return gone;
}

}  // namespace postern
