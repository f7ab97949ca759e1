// What a new store is given, so that a newcomer has something to send to.
#pragma once

#include "base/random.h"
#include "crypto/key_vault.h"
#include "store/store.h"

#include <optional>
#include <string>

namespace postern {

// Makes a demo space, course and webhook if the store has no space and no webhook yet, and returns the webhook's URL.
// Nothing if there was something already.
Result<std::optional<std::string>> make_demo(Store& store, const KeyVault& vault, Random& random, WallTime now,
                                             const std::string& base_url);

}  // namespace postern
