#include "wordpress/password.h"

#include "base/check.h"
#include "crypto/encoding.h"
#include "crypto/signature.h"
#include "identity/text.h"

#include <crypt.h>
#include <sodium.h>

#include <array>
#include <charconv>
#include <memory>
#include <optional>

namespace postern::wordpress {
namespace {

constexpr std::size_t kMaxPasswordBytes = 4096;
constexpr std::string_view kWpPrefix = "$wp";
constexpr std::string_view kPhpassDigits = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kPhpassSaltLength = 8;
// What a check may cost at most, see check_password().
constexpr unsigned kMaxPhpassLog2 = 20;
constexpr int kMaxBcryptCost = 16;
constexpr long kMaxCryptRounds = 1L << 20U;
constexpr long kMaxArgonKib = 256L * 1024;
constexpr long kMaxArgonPasses = 16;

// phpass' own base64: six bits at a time from the low end.
std::string phpass_encode(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < count; ++k) group |= unsigned{static_cast<unsigned char>(bytes[i + k])} << 8U * k;
    for (std::size_t k = 0; k <= count; ++k) out += kPhpassDigits[group >> 6U * k & 63U];
  }
  return out;
}

// crypt(3). Nothing: it does not know the setting, or the password has a NUL, which would end it early.
std::optional<std::string> crypt_text(const std::string& text, const std::string& setting) {
  if (text.find('\0') != std::string::npos || setting.find('\0') != std::string::npos) return std::nullopt;
  const auto scratch = std::make_unique<crypt_data>();  // 32 KiB, too much for a stack.
  const char* made = crypt_r(text.c_str(), setting.c_str(), scratch.get());
  if (made == nullptr || made[0] == '*') return std::nullopt;
  std::string out(made);
  sodium_memzero(scratch.get(), sizeof(crypt_data));
  return out;
}

// Base64 has no NUL and is shorter than the 72 bytes that bcrypt looks at.
std::string prehash(std::string_view typed) {
  return base64_encode(hmac(Digest::sha384, "wp-sha384", typed));
}

// The number after the first `name` in `text`.
std::optional<long> number_after(std::string_view text, std::string_view name) {
  const std::size_t at = text.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  long out = 0;
  text.remove_prefix(at + name.size());
  if (std::from_chars(text.data(), text.data() + text.size(), out).ec != std::errc()) return std::nullopt;
  return out;
}

bool is_bcrypt(std::string_view hash) {
  return hash.starts_with("$2y$") || hash.starts_with("$2a$") || hash.starts_with("$2b$");
}

// The kinds of crypt(3) that PHP knows too.
bool check_crypt(std::string_view typed, const std::string& hash) {
  if (is_bcrypt(hash)) {
    if (number_after(hash.substr(4), "").value_or(kMaxBcryptCost + 1) > kMaxBcryptCost) return false;
  } else if (hash.starts_with("$5$") || hash.starts_with("$6$")) {
    if (number_after(hash, "rounds=").value_or(0) > kMaxCryptRounds) return false;
  } else if (!hash.starts_with("$1$")) {
    return false;
  }
  const auto made = crypt_text(std::string(typed), hash);
  return made && equal_in_constant_time(*made, hash);
}

bool check_argon(std::string_view typed, const std::string& hash) {
  if (number_after(hash, "$m=").value_or(kMaxArgonKib + 1) > kMaxArgonKib) return false;
  if (number_after(hash, ",t=").value_or(kMaxArgonPasses + 1) > kMaxArgonPasses) return false;
  return crypto_pwhash_str_verify(hash.c_str(), typed.data(), typed.size()) == 0;
}

}  // namespace

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

Secret typed_password(const Secret& password) {
  const Secret slashed(identity::add_slashes(password.reveal()));
  return Secret(std::string(identity::trim(slashed.reveal())));
}

std::string phpass_hash(std::string_view typed, char cost, std::string_view salt) {
  const std::size_t log2 = kPhpassDigits.find(cost);
  CHECK(log2 != std::string_view::npos && log2 <= kMaxPhpassLog2);
  std::string block(salt);
  block += typed;
  std::string sum = digest(Digest::md5, block);
  block.replace(0, salt.size(), sum);  // From now on: the sum, then the password.
  for (std::size_t round = 0; round < std::size_t{1} << log2; ++round) {
    sum = digest(Digest::md5, block);
    block.replace(0, sum.size(), sum);
  }
  sodium_memzero(block.data(), block.size());
  return std::string("$P$") + cost + std::string(salt) + phpass_encode(sum);
}

std::string phpass_salt(Random& random) {
  std::array<std::byte, 6> raw{};
  random.fill(raw);
  return phpass_encode({reinterpret_cast<const char*>(raw.data()), raw.size()});
}

bool check_phpass(std::string_view text, std::string_view hash) {
  if (!hash.starts_with("$P$") && !hash.starts_with("$H$")) return false;
  if (hash.size() < 4 + kPhpassSaltLength) return false;
  const std::size_t log2 = kPhpassDigits.find(hash[3]);
  if (log2 == std::string_view::npos || log2 < 7 || log2 > kMaxPhpassLog2) return false;
  std::string made = phpass_hash(text, hash[3], hash.substr(4, kPhpassSaltLength));
  made[1] = hash[1];
  return equal_in_constant_time(made, hash);
}

Result<std::string> wp_bcrypt_hash(std::string_view typed, const std::string& setting) {
  const auto made = crypt_text(prehash(typed), setting);
  if (!made || !made->starts_with("$2y$")) {
    return Error{Errc::internal, "The password cannot be hashed: the C library does not make bcrypt hashes.", ""};
  }
  return std::string(kWpPrefix) + *made;
}

Result<std::string> hash_typed_password(const Secret& password, PasswordRules rules, Random& random, int bcrypt_cost) {
  CHECK(bcrypt_cost >= 4 && bcrypt_cost <= kMaxBcryptCost);
  const Secret slashed(identity::add_slashes(password.reveal()));
  const Secret typed = typed_password(password);
  const bool since_6_8 = rules == PasswordRules::since_6_8;
  if ((since_6_8 ? slashed : typed).reveal().size() > kMaxPasswordBytes) return std::string("*");
  if (!since_6_8) return phpass_hash(typed.reveal(), kPhpassCost, phpass_salt(random));
  std::array<std::byte, 16> raw{};
  random.fill(raw);
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  if (crypt_gensalt_rn("$2y$", static_cast<unsigned long>(bcrypt_cost), reinterpret_cast<const char*>(raw.data()),
                       static_cast<int>(raw.size()), setting.data(), static_cast<int>(setting.size())) == nullptr) {
    return Error{Errc::internal, "The password cannot be hashed: the C library does not make bcrypt salts.", ""};
  }
  return wp_bcrypt_hash(typed.reveal(), setting.data());
}

bool check_password(const Secret& typed, const std::string& hash, PasswordRules rules) {
  const std::string_view text = typed.reveal();
  constexpr std::size_t kMd5HexLength = 32;
  if (hash.size() <= kMd5HexLength) return equal_in_constant_time(hex_encode(digest(Digest::md5, text)), hash);
  if (text.size() > kMaxPasswordBytes) return false;
  if (rules == PasswordRules::before_6_8) return check_phpass(text, hash) || check_crypt(text, hash);
  if (hash.starts_with(kWpPrefix)) {
    const std::string bcrypt = hash.substr(kWpPrefix.size());
    return is_bcrypt(bcrypt) && check_crypt(prehash(text), bcrypt);
  }
  if (hash.starts_with("$P$")) return check_phpass(text, hash);
  if (hash.starts_with("$argon2")) return check_argon(text, hash);
  return check_crypt(text, hash);
}

}  // namespace postern::wordpress
