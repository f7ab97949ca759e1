// The secrets with which senders prove their requests: taken in, replaced, taken away. They are never shown.
#pragma once

#include "base/random.h"
#include "base/secret.h"
#include "crypto/key_vault.h"
#include "model/webhook.h"
#include "source/preset.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace postern {

// Chooses another source. What belongs to the old sender goes: the secrets, what it calls this webhook, what its
// requests mean. Events, conditions and products stay.
void choose_source(SourceSettings& source, std::string name);

constexpr std::size_t kMaxSourceSecretBytes = 16UL * 1024;

// Errors: invalid (the preset cannot use it; the message says what it expects, and repeats nothing of the secret).
Result<void> check_source_secret(const Preset& preset, const Secret& secret);

// Puts them before the others, the last one first: it is the newest. Those that were there are accepted until `grace`
// is over at the latest; without `grace` as long as they are kept; with 0 s they go at once. Nothing is stored. Errors:
// invalid (see above, or there would be too many).
struct SecretChange {
  std::span<const Secret> added;
  std::optional<std::chrono::seconds> grace;
};
Result<void> add_source_secrets(SourceSettings& source, const Preset& preset, const KeyVault& vault, Random& random,
                                WallTime now, const SecretChange& change);

// Errors: not_found.
Result<void> remove_source_secret(SourceSettings& source, std::int64_t id);

}  // namespace postern
