#include "wordpress/reset_key.h"

#include "crypto/encoding.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace postern::wordpress {
namespace {

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::size_t kKeyLength = 20;
constexpr std::string_view kGeneric = "$generic$";

bool belongs(std::string_view key, std::string_view hash, PasswordRules rules) {
  if (hash.starts_with(kGeneric)) {
    return rules == PasswordRules::since_6_8 && equal_in_constant_time(fast_hash(key), hash);
  }
  return check_phpass(key, hash);
}

}  // namespace

Secret make_reset_key(Random& random) {
  std::string out;
  // Bytes above the greatest multiple of 62 would make the first letters likelier.
  constexpr unsigned kEnd = 256 - 256 % kLetters.size();
  std::array<std::byte, 32> raw{};
  while (out.size() < kKeyLength) {
    random.fill(raw);
    for (const std::byte each : raw) {
      const auto number = std::to_integer<unsigned>(each);
      if (number < kEnd && out.size() < kKeyLength) out += kLetters[number % kLetters.size()];
    }
  }
  sodium_memzero(raw.data(), raw.size());
  return Secret(std::move(out));
}

std::string fast_hash(std::string_view text) {
  constexpr std::string_view kKey = "wp_fast_hash_6.8+";
  static_assert(kKey.size() >= crypto_generichash_KEYBYTES_MIN);
  std::array<unsigned char, 30> out{};
  crypto_generichash(out.data(), out.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                     reinterpret_cast<const unsigned char*>(kKey.data()), kKey.size());
  return std::string(kGeneric) + base64url_encode({reinterpret_cast<const char*>(out.data()), out.size()});
}

std::string stored_reset_key(const Secret& key, WallTime now, PasswordRules rules, Random& random) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const std::string hash = rules == PasswordRules::since_6_8
                               ? fast_hash(key.reveal())
                               : phpass_hash(key.reveal(), kPhpassCost, phpass_salt(random));
  return std::to_string(seconds) + ":" + hash;
}

ResetKeyState check_reset_key(const Secret& offered, std::string_view stored, WallTime now, PasswordRules rules) {
  std::string plain;
  for (const char c : offered.reveal()) {
    if (kLetters.find(c) != std::string_view::npos) plain += c;
  }
  const Secret key(std::move(plain));
  if (key.empty() || stored.empty()) return ResetKeyState::invalid;
  const std::size_t colon = stored.find(':');
  if (colon == std::string_view::npos) {
    return belongs(key.reveal(), stored, rules) ? ResetKeyState::expired : ResetKeyState::invalid;
  }
  if (!belongs(key.reveal(), stored.substr(colon + 1), rules)) return ResetKeyState::invalid;
  std::int64_t seconds = 0;
  std::from_chars(stored.data(), stored.data() + colon, seconds);  // No number is a time long past.
  const WallTime requested{std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, 253'402'300'799))};
  return now < requested + kResetKeyLifetime ? ResetKeyState::ok : ResetKeyState::expired;
}

}  // namespace postern::wordpress
