#include "store/sqlite/known_people.h"

#include <sqlite3.h>

#include <functional>
#include <limits>

namespace postern {
namespace {

constexpr std::size_t kLongestKnown = 255;  // Its length takes one byte.

// State 0 is no membership; otherwise one more than role and status together. It takes the lower bits of a slot's
// second number, the space takes the rest.
constexpr std::uint32_t kStatuses = 4;
constexpr std::uint32_t kStateBits = 5;
constexpr std::uint32_t kStateMask = (1U << kStateBits) - 1;
static_assert(1 + static_cast<std::uint32_t>(Role::admin) * kStatuses + kStatuses - 1 <= kStateMask);
static_assert(static_cast<std::uint32_t>(MembershipStatus::blocked) < kStatuses);

constexpr std::int64_t kGreatestUser = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t kGreatestSpace = kGreatestUser >> kStateBits;

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

// Numbers follow one another, and a multiplication alone would leave them so regular that whole groups overflow.
// Source: the finalizer of SplitMix64, https://prng.di.unimi.it/splitmix64.c
std::uint32_t hash_of(std::uint32_t user, std::uint32_t space) {
  std::uint64_t mixed = std::uint64_t{space} << 32U | user;
  mixed = (mixed ^ mixed >> 30U) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ mixed >> 27U) * 0x94D049BB133111EBU;
  return upper_half(mixed ^ mixed >> 31U);
}

bool is_known_number(std::int64_t number, std::int64_t greatest) {
  return number > 0 && number <= greatest;
}

}  // namespace

std::uint32_t KnownPeople::MembershipSlot::hash() const {
  return hash_of(user, space_and_state >> kStateBits);
}

std::optional<KnownPeople::MembershipKey> KnownPeople::key_of(UserId user, SpaceId space) {
  if (!is_known_number(user.value, kGreatestUser) || !is_known_number(space.value, kGreatestSpace)) return std::nullopt;
  return MembershipKey{static_cast<std::uint32_t>(user.value), static_cast<std::uint32_t>(space.value)};
}

KnownPeople::UserSlot* KnownPeople::find(std::uint32_t hash, std::string_view email_key) {
  return users_.find(hash, [&](const UserSlot& slot, std::string_view texts) {
    return slot.hashed == hash && static_cast<unsigned char>(texts[slot.text_at]) == email_key.size() &&
           texts.substr(slot.text_at + 1, email_key.size()) == email_key;
  });
}

KnownPeople::MembershipSlot* KnownPeople::find(MembershipKey key) {
  return memberships_.find(hash_of(key.user, key.space), [&](const MembershipSlot& slot, std::string_view /*texts*/) {
    return slot.user == key.user && slot.space_and_state >> kStateBits == key.space;
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
  const bool fits = is_known_number(user.value, kGreatestUser);
  const auto number = fits ? static_cast<std::uint32_t>(user.value) : 0;
  const std::uint32_t hash = hash_of(email_key);
  if (UserSlot* known = find(hash, email_key)) {
    if (!fits) return forget();  // A slot does not become unused alone.
    known->user = number;
    return;
  }
  if (!fits) return;
  std::string text(1, static_cast<char>(email_key.size()));
  text += email_key;
  const std::uint32_t text_at = users_.keep_text(hash, text);
  if (UserSlot* slot = users_.place(hash)) *slot = {number, text_at, hash};
}

void KnownPeople::prefetch_user(std::string_view email_key) {
  users_.prefetch(hash_of(email_key));
}

std::optional<KnownPeople::Answer> KnownPeople::find_membership(UserId user, SpaceId space) {
  const auto key = key_of(user, space);
  if (!key) return std::nullopt;
  const MembershipSlot* slot = find(*key);
  if (slot == nullptr) return std::nullopt;
  return Answer{membership_of(space, slot->space_and_state & kStateMask)};
}

void KnownPeople::learn_membership(UserId user, SpaceId space, const std::optional<Membership>& membership) {
  const auto key = key_of(user, space);
  if (!key) return;
  MembershipSlot* slot = find(*key);
  if (slot == nullptr) slot = memberships_.place(hash_of(key->user, key->space));
  if (slot != nullptr) *slot = {key->user, key->space << kStateBits | state_of(membership)};
}

void KnownPeople::prefetch_membership(UserId user, SpaceId space) {
  if (const auto key = key_of(user, space)) memberships_.prefetch(hash_of(key->user, key->space));
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
