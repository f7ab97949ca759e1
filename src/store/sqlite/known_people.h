// What the write connection knows by heart about persons, so that a delivery for somebody who is a member already asks
// the database nothing: a look-up in an index of a million rows costs 1 to 2 µs, here 0.2 µs.
#pragma once

#include "model/ids.h"
#include "model/space.h"
#include "store/sqlite/slot_table.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace postern {

// What is found here is what the database says, provided that who owns it learns what it writes itself, and forgets
// everything when somebody else may have written, and when what it has learned is rolled back. What is not found has to
// be asked for. One thread.
class KnownPeople {
 public:
  // Takes at most so many bytes, about 60 per person who is in one space; past that, earlier knowledge is given up for
  // later knowledge.
  explicit KnownPeople(std::size_t most_bytes)
      : bytes_left_(most_bytes), users_(bytes_left_), memberships_(bytes_left_) {}
  KnownPeople(const KnownPeople&) = delete;
  KnownPeople& operator=(const KnownPeople&) = delete;

  // Who has this address (see identity/email.h)? Empty: not known here, which does not mean that there is nobody.
  std::optional<UserId> find_user(std::string_view email_key);
  void learn_user(std::string_view email_key, UserId user);
  // Fetches what find_user() will look at into the processor's cache, so that the waits of many look-ups overlap.
  void prefetch_user(std::string_view email_key);

  // That somebody is not in a space can be known too.
  struct Answer {
    std::optional<Membership> membership;
  };
  std::optional<Answer> find_membership(UserId user, SpaceId space);
  void learn_membership(UserId user, SpaceId space, const std::optional<Membership>& membership);
  void prefetch_membership(UserId user, SpaceId space);

  void forget();

 private:
  // As small as can be: what is known of a million persons should fit. Greater numbers are not known here.
  struct UserSlot {
    std::uint32_t user = 0;
    std::uint32_t text_at = 0;  // Length and address.
    std::uint32_t hashed = 0;
    bool used() const { return user != 0; }
    std::uint32_t hash() const { return hashed; }
  };
  struct MembershipSlot {
    std::uint32_t user = 0;
    std::uint32_t space_and_state = 0;
    bool used() const { return user != 0; }
    std::uint32_t hash() const;
  };
  struct MembershipKey {
    std::uint32_t user = 0;
    std::uint32_t space = 0;
  };
  static std::optional<MembershipKey> key_of(UserId user, SpaceId space);
  UserSlot* find(std::uint32_t hash, std::string_view email_key);
  MembershipSlot* find(MembershipKey key);

  std::size_t bytes_left_;
  SlotTable<UserSlot> users_;
  SlotTable<MembershipSlot> memberships_;
};

// Can a statement make such knowledge wrong that does this to this table and column? The arguments are those of
// SQLite's authorizer. Source: https://www.sqlite.org/c3ref/c_alter_table.html
bool changes_known_people(int action, std::string_view table, std::string_view column);

}  // namespace postern
