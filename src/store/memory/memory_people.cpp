// Passwords, set-password links and sessions of the users of a MemoryStore.
#include "base/ascii.h"
#include "store/memory/memory_data.h"

#include <algorithm>

namespace postern {
namespace {

using Data = MemoryStore::Data;

Error no_user() {
  return {Errc::not_found, "There is no such user.", ""};
}

UserLinkState state_of(const Data::StoredLink& stored, WallTime now) {
  if (stored.ended) return *stored.ended;
  return stored.link.expires_at <= now ? UserLinkState::expired : UserLinkState::usable;
}

Data::StoredLink* find_stored(Data& data, const KeyHash& hash) {
  const auto it = std::find_if(data.user_links.begin(), data.user_links.end(),
                               [&](const Data::StoredLink& each) { return each.link.hash == hash; });
  return it == data.user_links.end() ? nullptr : &*it;
}

Credentials credentials(const Data::Person& person) {
  return {person.user, person.password_hash};
}

void put_password(Data& data, UserId id, const std::string& hash) {
  data.users.at(id).password_hash = hash;
  for (Data::StoredLink& each : data.user_links) {
    if (each.link.user == id && !each.ended) each.ended = UserLinkState::replaced;
  }
  std::erase_if(data.user_sessions, [&](const UserSession& each) { return each.user == id; });
}

}  // namespace

Result<std::optional<Credentials>> MemoryStore::find_credentials(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const std::string key = ascii_lower(name);
  auto it = data_->by_email.find(key);
  if (it == data_->by_email.end()) {
    it = data_->by_login.find(key);
    if (it == data_->by_login.end()) return std::optional<Credentials>();
  }
  return std::optional(credentials(data_->users.at(it->second)));
}

Result<std::optional<Credentials>> MemoryStore::credentials_of(UserId id) {
  const std::lock_guard lock(mutex_);
  const auto it = data_->users.find(id);
  return it == data_->users.end() ? std::optional<Credentials>() : std::optional(credentials(it->second));
}

Result<void> MemoryStore::set_user_password(UserId id, const std::string& hash) {
  const std::scoped_lock lock(writing_, mutex_);
  if (!data_->users.contains(id)) return no_user();
  put_password(*data_, id, hash);
  return {};
}

Result<void> MemoryStore::add_user_link(const UserLink& link) {
  const std::scoped_lock lock(writing_, mutex_);
  if (!data_->users.contains(link.user)) return no_user();
  data_->user_links.push_back({link, std::nullopt});
  std::size_t usable = 0;
  for (auto it = data_->user_links.rbegin(); it != data_->user_links.rend(); ++it) {
    if (it->link.user != link.user || it->ended) continue;
    if (++usable > kLinksPerUser) it->ended = UserLinkState::replaced;
  }
  return {};
}

Result<std::optional<FoundUserLink>> MemoryStore::find_user_link(const KeyHash& hash, WallTime now) {
  const std::lock_guard lock(mutex_);
  const Data::StoredLink* stored = find_stored(*data_, hash);
  if (stored == nullptr) return std::optional<FoundUserLink>();
  return std::optional(FoundUserLink{stored->link, state_of(*stored, now)});
}

Result<UserId> MemoryStore::redeem_user_link(const KeyHash& hash, WallTime now, const std::string& password_hash) {
  const std::scoped_lock lock(writing_, mutex_);
  Data::StoredLink* stored = find_stored(*data_, hash);
  if (stored == nullptr || state_of(*stored, now) != UserLinkState::usable) {
    return Error{Errc::not_found, "This link does not work any more. Ask for a new one.", ""};
  }
  stored->ended = UserLinkState::used;
  put_password(*data_, stored->link.user, password_hash);
  return stored->link.user;
}

Result<void> MemoryStore::add_user_session(const UserSession& session) {
  const std::scoped_lock lock(writing_, mutex_);
  if (!data_->users.contains(session.user)) return no_user();
  data_->user_sessions.push_back(session);
  std::vector<UserSession*> own;
  for (UserSession& each : data_->user_sessions) {
    if (each.user == session.user) own.push_back(&each);
  }
  if (own.size() <= kSessionsPerUser) return {};
  const auto oldest = std::min_element(own.begin(), own.end(),
                                       [](const auto* a, const auto* b) { return a->last_seen_at < b->last_seen_at; });
  std::erase_if(data_->user_sessions, [hash = (*oldest)->hash](const UserSession& each) { return each.hash == hash; });
  return {};
}

Result<std::optional<UserSession>> MemoryStore::find_user_session(const KeyHash& hash) {
  const std::lock_guard lock(mutex_);
  for (const UserSession& each : data_->user_sessions) {
    if (each.hash == hash) return std::optional(each);
  }
  return std::optional<UserSession>();
}

Result<void> MemoryStore::touch_user_session(const KeyHash& hash, WallTime at) {
  const std::scoped_lock lock(writing_, mutex_);
  for (UserSession& each : data_->user_sessions) {
    if (each.hash == hash) each.last_seen_at = at;
  }
  return {};
}

Result<void> MemoryStore::remove_user_session(const KeyHash& hash) {
  const std::scoped_lock lock(writing_, mutex_);
  std::erase_if(data_->user_sessions, [&](const UserSession& each) { return each.hash == hash; });
  return {};
}

Result<std::size_t> MemoryStore::remove_user_sessions(UserId user) {
  const std::scoped_lock lock(writing_, mutex_);
  return std::erase_if(data_->user_sessions, [&](const UserSession& each) { return each.user == user; });
}

Result<std::optional<SpaceAccess>> MemoryStore::find_access(const KeyHash& session, SpaceKind kind,
                                                            std::string_view slug) {
  const std::optional<UserSession> found = TRY(find_user_session(session));
  const std::lock_guard lock(mutex_);
  if (!found || !data_->users.contains(found->user)) return std::optional<SpaceAccess>();
  SpaceAccess access{.session = *found, .user = data_->users.at(found->user).user};
  for (const auto& [id, space] : data_->spaces) {
    if (space.kind != kind || space.slug != slug) continue;
    access.space_exists = true;
    if (const auto row = data_->memberships.find({found->user, id}); row != data_->memberships.end()) {
      access.membership = row->second.membership;
    }
  }
  return std::optional(std::move(access));
}

Result<void> MemoryStore::forget_expired_people(WallTime now, WallTime seen_since, WallTime links_since) {
  const std::scoped_lock lock(writing_, mutex_);
  std::erase_if(data_->user_sessions,
                [&](const UserSession& each) { return each.expires_at <= now || each.last_seen_at < seen_since; });
  std::erase_if(data_->user_links, [&](const auto& each) { return each.link.expires_at < links_since; });
  return {};
}

}  // namespace postern
