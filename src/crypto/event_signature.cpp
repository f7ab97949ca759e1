#include "crypto/event_signature.h"

#include "crypto/encoding.h"

#include <sodium.h>

#include <array>
#include <span>

namespace postern {
namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kMostSecretBytes = 64;  // The standard's limit.

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string base64(std::span<const unsigned char> raw) {
  return base64_encode({reinterpret_cast<const char*>(raw.data()), raw.size()});
}

}  // namespace

Secret make_event_secret(Random& random) {
  std::array<unsigned char, kSecretBytes> raw{};
  random.fill(std::as_writable_bytes(std::span(raw)));
  Secret out(std::string(kPrefix) + base64(raw));
  sodium_memzero(raw.data(), raw.size());
  return out;
}

Result<std::string> sign_event(const Secret& secret, std::string_view id, std::int64_t timestamp,
                               std::string_view body) {
  std::string_view text = secret.reveal();
  std::array<unsigned char, kMostSecretBytes> key{};
  std::size_t length = 0;
  if (!text.starts_with(kPrefix)) return Error{Errc::invalid, "The endpoint's secret is not one of ours.", ""};
  text.remove_prefix(kPrefix.size());
  if (sodium_base642bin(key.data(), key.size(), text.data(), text.size(), nullptr, &length, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0 ||
      length == 0) {
    return Error{Errc::invalid, "The endpoint's secret is not one of ours.", ""};
  }
  const std::string head = std::string(id) + "." + std::to_string(timestamp) + ".";
  crypto_auth_hmacsha256_state state;
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> out{};
  crypto_auth_hmacsha256_init(&state, key.data(), length);
  crypto_auth_hmacsha256_update(&state, bytes(head), head.size());
  crypto_auth_hmacsha256_update(&state, bytes(body), body.size());
  crypto_auth_hmacsha256_final(&state, out.data());
  sodium_memzero(key.data(), key.size());
  return "v1," + base64(out);
}

}  // namespace postern
