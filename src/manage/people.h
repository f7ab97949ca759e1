// What the command line and the admin API do for people who cannot log in.
#pragma once

#include "base/result.h"
#include "crypto/key_vault.h"
#include "store/person_store.h"

#include <chrono>
#include <string>

namespace postern {

struct MadeUserLink {
  std::string url;  // A secret until it has been used.
  UserLink link;
};

struct UserLinkPolicy {
  std::string base_url;
  std::chrono::seconds lifetime{60 * 60};
};

// Makes a link that sets the user's password: a first one, or another one. Errors: not_found, unavailable.
Result<MadeUserLink> make_user_link(PersonStore& store, const KeyVault& vault, Random& random, WallTime now,
                                    UserId user, const UserLinkPolicy& policy);

}  // namespace postern
