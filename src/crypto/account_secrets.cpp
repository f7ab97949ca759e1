#include "crypto/account_secrets.h"

#include "base/ascii.h"
#include "crypto/base32.h"

#include <sodium.h>

#include <array>

namespace postern {
namespace {

std::string base64url(std::span<const std::byte> bytes) {
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    kVariant);
  text.pop_back();  // The terminating NUL.
  return text;
}

template <std::size_t N>
std::string random_text(Random& random) {
  std::array<std::byte, N> raw{};
  random.fill(raw);
  return base64url(raw);
}

// No webhook key, which is hashed as it is, has a ':' in it.
KeyHash hash_for(const KeyVault& vault, std::string_view purpose, std::string_view text) {
  std::string joined(purpose);
  joined += ':';
  joined += text;
  return vault.hash(joined);
}

void append_number(std::string& out, std::int64_t value) {
  out += std::to_string(value);
  out += ';';
}

// With its length, so that no two rows run together to the same text.
void append_text(std::string& out, std::string_view text) {
  append_number(out, static_cast<std::int64_t>(text.size()));
  out += text;
}

}  // namespace

Secret make_session_secret(Random& random) {
  return Secret(random_text<32>(random));
}

std::string make_session_id(Random& random) {
  return random_text<12>(random);
}

Secret make_api_token(Random& random) {
  return Secret(std::string(kTokenPrefix) + random_text<32>(random));
}

Secret make_link_secret(Random& random) {
  return Secret(random_text<32>(random));
}

std::vector<Secret> make_recovery_codes(Random& random, std::size_t count) {
  std::vector<Secret> out;
  for (std::size_t i = 0; i < count; ++i) {
    std::array<std::byte, 10> raw{};
    random.fill(raw);
    const std::string text = base32_encode(raw);
    std::string code;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (at > 0 && at % 4 == 0) code += '-';
      code += text[at] >= 'A' && text[at] <= 'Z' ? static_cast<char>(text[at] - 'A' + 'a') : text[at];
    }
    out.emplace_back(std::move(code));
  }
  return out;
}

KeyHash session_hash(const KeyVault& vault, std::string_view secret) {
  return hash_for(vault, "session", secret);
}

KeyHash token_hash(const KeyVault& vault, std::string_view token) {
  return hash_for(vault, "token", token);
}

KeyHash link_hash(const KeyVault& vault, std::string_view secret) {
  return hash_for(vault, "link", secret);
}

KeyHash recovery_code_hash(const KeyVault& vault, AdminId admin, std::string_view code) {
  std::string plain = std::to_string(admin.value) + ':';
  for (const char c : code) {
    if (c == '-' || c == ' ') continue;
    plain += ascii_lower(c);
  }
  return hash_for(vault, "recovery code", plain);
}

KeyHash reply_hash(const KeyVault& vault, std::string_view text) {
  return hash_for(vault, "reply", text);
}

std::string csrf_token(const KeyVault& vault, std::string_view session_secret) {
  return base64url(hash_for(vault, "csrf", session_secret));
}

KeyHash audit_hash(const KeyVault& vault, const KeyHash& previous, const AuditRow& row) {
  std::string text = base64url(previous);
  append_number(text, row.id);
  append_number(text, row.at.time_since_epoch().count());
  for (const std::string* field : {&row.actor, &row.ip, &row.action, &row.target, &row.before, &row.after}) {
    append_text(text, *field);
  }
  return hash_for(vault, "audit", text);
}

std::string setup_url(std::string_view base_url, const Secret& link) {
  while (base_url.ends_with('/')) base_url.remove_suffix(1);
  return std::string(base_url) + "/admin/setup#" + std::string(link.reveal());
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace postern
