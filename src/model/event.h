// What a sender said, after its dialect has been read away.
#pragma once

#include "base/secret.h"

#include <optional>
#include <string>

namespace postern {

struct Event {
  std::string email;       // Valid by identity/email.h, trimmed, case as sent.
  std::string first_name;  // As sent, valid UTF-8; empty if absent.
  std::string last_name;
  std::string login;  // Wished for; empty if absent.
  Secret password;    // Empty if absent.
};

}  // namespace postern
