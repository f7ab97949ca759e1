// What the key file is for: recognising webhook keys without storing them, and sealing secrets at rest.
#pragma once

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "model/webhook.h"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace postern {

// Holds the 32-byte master key read from a file that lies beside the database, never in it (mode 0600). Two keys
// are derived from it: one to hash, one to seal. Immutable, any thread.
class KeyVault {
 public:
  // Reads the file, or makes it when it does not exist. Errors: invalid (not a key file, or others may read it),
  // unavailable (cannot be read or written); the message names the file and the way out.
  static Result<KeyVault> open_or_create(const std::string& path, Random& random);
  // For tests: a vault with the given master key.
  explicit KeyVault(const std::array<std::byte, 32>& master);

  // The lookup hash of a webhook key: keyed BLAKE2b-256. Without the key file it tells nothing.
  KeyHash hash(std::string_view key) const;
  // Authenticated encryption (XSalsa20-Poly1305, random nonce). Output is binary.
  std::string seal(const Secret& text, Random& random) const;
  // Errors: invalid (sealed with another key file, or altered).
  Result<Secret> unseal(std::string_view sealed) const;

 private:
  std::array<std::byte, 32> hash_key_{};
  std::array<std::byte, 32> seal_key_{};
};

// A new webhook key: 256 bits from `random`, 43 characters of A-Z a-z 0-9 - _ (base64url).
Secret make_webhook_key(Random& random);

// A fast 128-bit fingerprint (BLAKE2b), for comparing bodies and idempotency keys. Not for passwords.
std::array<std::byte, 16> fingerprint(std::string_view text);

// Equal in constant time.
bool constant_time_equal(const KeyHash& a, const KeyHash& b);

}  // namespace postern
