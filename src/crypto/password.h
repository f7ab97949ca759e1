// Password hashing.
#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <string>

namespace postern {

// Argon2id in PHC string form, 19 MiB, t = 2, p = 1: about 20 ms of one core. Call it from a bounded pool.
// Source: OWASP Password Storage Cheat Sheet; RFC 9106. Errors: unavailable (not enough memory).
Result<std::string> hash_password(const Secret& password);

// Does the password belong to the hash? False for an empty hash.
bool verify_password(const std::string& hash, const Secret& password);

// How the passwords of people are hashed: by the store in which they are. Any thread; takes a while on purpose, as the
// functions above: call it from a bounded pool.
class PasswordScheme {
 public:
  virtual ~PasswordScheme() = default;
  // Errors: unavailable.
  virtual Result<std::string> hash(const Secret& password) const = 0;
  // False for an empty hash.
  virtual bool verify(const std::string& hash, const Secret& password) const = 0;
};

// hash_password() and verify_password(): the scheme of stores that are Postern's own.
const PasswordScheme& argon2_scheme();

}  // namespace postern
