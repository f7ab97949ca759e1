#include "crypto/secret_match.h"

#include <sodium.h>

#include <array>
#include <optional>

namespace postern {
namespace {

using Digest = std::array<unsigned char, crypto_hash_sha256_BYTES>;

Digest digest_of(std::string_view text) {
  Digest out{};
  crypto_hash_sha256(out.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return out;
}

// Nothing: it is no digest in hex.
std::optional<Digest> parse_digest(std::string_view hex) {
  Digest out{};
  std::size_t length = 0;
  const int failed = sodium_hex2bin(out.data(), out.size(), hex.data(), hex.size(), nullptr, &length, nullptr);
  if (failed != 0 || length != out.size() || hex.size() != 2 * out.size()) return std::nullopt;
  return out;
}

}  // namespace

bool matches_secret(std::string_view given, std::string_view expected) {
  constexpr std::string_view kPrefix = "sha256:";
  if (given.empty() || expected.empty()) return false;
  Digest wanted{};
  if (expected.starts_with(kPrefix)) {
    const std::optional<Digest> digest = parse_digest(expected.substr(kPrefix.size()));
    if (!digest) return false;
    wanted = *digest;
  } else {
    wanted = digest_of(expected);
  }
  const Digest sent = digest_of(given);
  return sodium_memcmp(sent.data(), wanted.data(), sent.size()) == 0;
}

}  // namespace postern
