// A person with an account.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "model/ids.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace postern {

// What a user is on the whole site, as WordPress has it; an operator's script may give another role. Not the role of a
// membership.
constexpr std::string_view kDefaultUserRole = "subscriber";
// A role is 1 to 60 of a-z, 0-9, '_' and '-'. Never one that administers the site: only an operator makes
// administrators. Errors: invalid.
Result<void> check_user_role(std::string_view role);

// Bounds of `User::meta`.
constexpr std::size_t kMaxMetaBytes = 16UL * 1024;
constexpr int kMaxMetaDepth = 8;

struct User {
  UserId id;
  std::string email;  // As first written, trimmed. Compared without regard to ASCII case, see email_key().
  std::string login;  // Unique without regard to ASCII case.
  std::string first_name;
  std::string last_name;
  std::string display_name;
  bool administrator = false;  // Of the whole site: a delivery never removes an administrator from anything.
  WallTime created_at{};
  std::string role{kDefaultUserRole};
  std::string meta;  // A JSON object with what scripts keep about the person; empty: {}.
  bool operator==(const User&) const = default;
};

// What a delivery says about a person who does not exist yet, after the rules have been applied.
struct NewUser {
  std::string email;
  std::string login;
  std::string first_name;
  std::string last_name;
  std::string display_name;
  std::string password_hash;  // Argon2id in PHC form; empty: no password is known to anybody, so none is accepted.
  std::string role{kDefaultUserRole};
  std::string meta;  // As in User.
  bool operator==(const NewUser&) const = default;
};

}  // namespace postern
