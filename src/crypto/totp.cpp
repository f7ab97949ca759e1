#include "crypto/totp.h"

#include "crypto/account_secrets.h"
#include "crypto/base32.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

namespace postern {
namespace {

constexpr std::int64_t kStepSeconds = 30;
constexpr std::size_t kSecretBytes = 20;
constexpr std::size_t kDigits = 6;

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    }
  }
  return out;
}

}  // namespace

Secret make_totp_secret(Random& random) {
  std::array<std::byte, kSecretBytes> raw{};
  random.fill(raw);
  return Secret(base32_encode(raw));
}

std::int64_t totp_step(WallTime now) {
  return std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count() / kStepSeconds;
}

std::string totp_code(std::string_view key, std::int64_t step, unsigned digits) {
  std::array<unsigned char, 8> counter{};
  for (std::size_t i = 0; i < counter.size(); ++i) {
    counter[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(step) >> (8 * (7 - i)));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned length = 0;
  HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), counter.data(), counter.size(), mac.data(), &length);
  if (length < 20) return {};                    // SHA-1 is not there; an empty code fits nothing.
  const std::size_t at = mac[length - 1] & 15U;  // Dynamic truncation, RFC 4226 §5.3.
  std::uint32_t number = mac[at] & 0x7FU;
  for (std::size_t i = 1; i < 4; ++i) number = number << 8U | mac[at + i];
  std::string out(digits, '0');
  for (std::size_t i = digits; i-- > 0; number /= 10) out[i] = static_cast<char>('0' + number % 10);
  return out;
}

std::optional<std::int64_t> match_totp(const Secret& secret, std::string_view code, WallTime now) {
  const auto key = base32_decode(secret.reveal());
  if (!key || code.size() != kDigits) return std::nullopt;
  std::optional<std::int64_t> found;
  const std::int64_t current = totp_step(now);
  for (const std::int64_t step : {current - 1, current, current + 1}) {
    if (constant_time_equal(totp_code(*key, step), code)) found = step;
  }
  return found;
}

std::string totp_uri(const Secret& secret, std::string_view account) {
  return "otpauth://totp/Postern:" + percent_encoded(account) + "?secret=" + std::string(secret.reveal()) +
         "&issuer=Postern&algorithm=SHA1&digits=6&period=30";
}

}  // namespace postern
