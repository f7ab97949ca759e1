#include "store/sqlite/known_people.h"

#include <sqlite3.h>

#include <functional>
#include <limits>

namespace postern {
namespace {

constexpr std::size_t kLongestKnown = 255;  // Its length takes one byte.

// State 0 is no membership; otherwise one more than role and status together.
constexpr std::uint32_t kStatuses = 4;

std::uint32_t state_of(const std::optional<Membership>& membership) {
  if (!membership) return 0;
  return 1 + static_cast<std::uint32_t>(membership->role) * kStatuses + static_cast<std::uint32_t>(membership->status);
}

std::optional<Membership> membership_of(SpaceId space, std::uint32_t state) {
  if (state == 0) return std::nullopt;
  const std::uint32_t both = state - 1;
  return Membership{space, static_cast<Role>(both / kStatuses), static_cast<MembershipStatus>(both % kStatuses)};
}

std::uint32_t upper_half(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash >> 32U);
}

std::uint32_t hash_of(std::string_view email_key) {
  return upper_half(std::hash<std::string_view>{}(email_key));
}

std::uint32_t hash_of(std::int64_t user, std::uint32_t space) {
  // An odd multiplier spreads over the upper half. Source: Knuth, TAOCP vol. 3, 6.4 (2^64 / golden ratio).
  constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15U;
  return upper_half((static_cast<std::uint64_t>(user) * kGolden + space) * kGolden);
}

bool fits(SpaceId space) {
  return space.value >= 0 && space.value <= std::numeric_limits<std::uint32_t>::max();
}

}  // namespace

std::uint32_t KnownPeople::MembershipSlot::hash() const {
  return hash_of(user, space);
}

KnownPeople::UserSlot* KnownPeople::find(std::uint32_t hash, std::string_view email_key) {
  return users_.find(hash, [&](const UserSlot& slot, std::string_view texts) {
    return static_cast<unsigned char>(texts[slot.text_at]) == email_key.size() &&
           texts.substr(slot.text_at + 1, email_key.size()) == email_key;
  });
}

KnownPeople::MembershipSlot* KnownPeople::find(std::int64_t user, std::uint32_t space) {
  return memberships_.find(hash_of(user, space), [&](const MembershipSlot& slot, std::string_view /*texts*/) {
    return slot.user == user && slot.space == space;
  });
}

std::optional<UserId> KnownPeople::find_user(std::string_view email_key) {
  if (email_key.size() > kLongestKnown) return std::nullopt;
  const UserSlot* slot = find(hash_of(email_key), email_key);
  if (slot == nullptr) return std::nullopt;
  return UserId{slot->user};
}

void KnownPeople::learn_user(std::string_view email_key, UserId user) {
  if (email_key.size() > kLongestKnown) return;
  const std::uint32_t hash = hash_of(email_key);
  if (UserSlot* known = find(hash, email_key)) {
    known->user = user.value;
    return;
  }
  std::string text(1, static_cast<char>(email_key.size()));
  text += email_key;
  const std::uint32_t text_at = users_.keep_text(hash, text);
  if (UserSlot* slot = users_.place(hash)) *slot = {user.value, text_at, hash};
}

std::optional<KnownPeople::Answer> KnownPeople::find_membership(UserId user, SpaceId space) {
  if (!fits(space)) return std::nullopt;
  const auto number = static_cast<std::uint32_t>(space.value);
  const MembershipSlot* slot = find(user.value, number);
  if (slot == nullptr) return std::nullopt;
  return Answer{membership_of(space, slot->state)};
}

void KnownPeople::learn_membership(UserId user, SpaceId space, const std::optional<Membership>& membership) {
  if (!fits(space)) return;
  const auto number = static_cast<std::uint32_t>(space.value);
  MembershipSlot* slot = find(user.value, number);
  if (slot == nullptr) slot = memberships_.place(hash_of(user.value, number));
  if (slot != nullptr) *slot = {user.value, number, state_of(membership)};
}

void KnownPeople::forget() {
  users_.clear();
  memberships_.clear();
}

bool changes_known_people(int action, std::string_view table, std::string_view column) {
  if (table == "memberships") return action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE;
  // A new user is known to nobody yet, and of a user only number and address are known.
  if (table != "users") return false;
  return action == SQLITE_DELETE || (action == SQLITE_UPDATE && (column == "id" || column == "email_key"));
}

}  // namespace postern
