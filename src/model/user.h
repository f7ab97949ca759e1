// A person with an account.
#pragma once

#include "base/clock.h"
#include "model/ids.h"

#include <string>

namespace postern {

struct User {
  UserId id;
  std::string email;  // As first written, trimmed. Compared without regard to ASCII case, see email_key().
  std::string login;  // Unique without regard to ASCII case.
  std::string first_name;
  std::string last_name;
  std::string display_name;
  bool administrator = false;  // Of the whole site: a delivery never removes an administrator from anything.
  WallTime created_at{};
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
  bool operator==(const NewUser&) const = default;
};

}  // namespace postern
