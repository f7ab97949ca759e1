#include "crypto/password.h"

#include <sodium.h>

#include <array>

namespace postern {
namespace {

constexpr unsigned long long kPasses = 2;
constexpr std::size_t kMemoryBytes = 19UL * 1024 * 1024;

class Argon2Scheme final : public PasswordScheme {
 public:
  Result<std::string> hash(const Secret& password) const override { return hash_password(password); }
  bool verify(const std::string& hash, const Secret& password) const override {
    return verify_password(hash, password);
  }
};

}  // namespace

Result<std::string> hash_password(const Secret& password) {
  std::array<char, crypto_pwhash_STRBYTES> out{};
  const std::string_view text = password.reveal();
  if (crypto_pwhash_str_alg(out.data(), text.data(), text.size(), kPasses, kMemoryBytes,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return Error{Errc::unavailable, "The password could not be hashed: not enough memory.", ""};
  }
  return std::string(out.data());
}

bool verify_password(const std::string& hash, const Secret& password) {
  const std::string_view text = password.reveal();
  return !hash.empty() && crypto_pwhash_str_verify(hash.c_str(), text.data(), text.size()) == 0;
}

const PasswordScheme& argon2_scheme() {
  static const Argon2Scheme scheme;
  return scheme;
}

}  // namespace postern
