#include "manage/source_secrets.h"

#include "crypto/encoding.h"
#include "crypto/signature.h"
#include "source/verify.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace postern {
namespace {

Error unusable(const Preset& preset, const std::string& expected) {
  return Error{Errc::invalid, "The secret cannot be used with " + preset.title + ": " + expected, ""};
}

// The secrets of these are sent or typed: a line end in them is a slip of copying.
bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

bool decodes(const Verification& rules, std::string_view secret) {
  constexpr std::string_view kPrefix = "whsec_";
  if (rules.secret_encoding == Verification::SecretEncoding::utf8) return true;
  if (rules.secret_encoding == Verification::SecretEncoding::whsec && secret.starts_with(kPrefix)) {
    secret.remove_prefix(kPrefix.size());
  }
  const bool hex = rules.secret_encoding == Verification::SecretEncoding::hex;
  const auto key = hex ? hex_decode(secret) : base64_decode(secret);
  return key && !key->empty();
}

std::string form_of(Verification::SecretEncoding encoding) {
  switch (encoding) {
    case Verification::SecretEncoding::whsec:
      return "it must be base64, with or without 'whsec_' before it.";
    case Verification::SecretEncoding::base64:
      return "it must be base64.";
    case Verification::SecretEncoding::hex:
      return "it must be hexadecimal: 0-9 and a-f, an even number of them.";
    case Verification::SecretEncoding::utf8:
      break;
  }
  return "it must be text.";
}

Result<void> check_public_key(const Preset& preset, std::string_view text) {
  if (PublicKey::read(text, preset.verify.algorithm.signature)) return {};
  return unusable(preset,
                  "it must be the sender's public key or certificate of the right kind, as PEM (-----BEGIN …) or "
                  "base64. Copy the whole of it.");
}

}  // namespace

void choose_source(SourceSettings& source, std::string name) {
  if (source.name == name) return;
  source.name = std::move(name);
  source.secrets.clear();
  source.webhook_id.clear();
  source.url_action.reset();
}

Result<void> check_source_secret(const Preset& preset, const Secret& secret) {
  const std::string_view text = secret.reveal();
  const Verification& rules = preset.verify;
  if (rules.kind == Verification::Kind::none) {
    return Error{Errc::invalid, preset.title + " proves nothing, so there is no secret to keep. Its URL protects it.",
                 ""};
  }
  if (text.empty()) return unusable(preset, "it is empty.");
  if (text.size() > kMaxSourceSecretBytes) return unusable(preset, "it is longer than 16384 bytes.");
  if (rules.kind == Verification::Kind::asym) return check_public_key(preset, text);
  if (has_control(text)) return unusable(preset, "it has a line end or another control character in it.");
  if (rules.kind == Verification::Kind::basic) {
    const std::size_t colon = text.find(':');
    const bool both = colon != std::string_view::npos && colon > 0 && colon + 1 < text.size();
    return both ? Result<void>()
                : unusable(preset, "it must be user and password with a colon between: user:password.");
  }
  if (rules.kind == Verification::Kind::hmac && !decodes(rules, text)) {
    return unusable(preset, form_of(rules.secret_encoding));
  }
  return {};
}

Result<void> add_source_secrets(SourceSettings& source, const Preset& preset, const KeyVault& vault, Random& random,
                                WallTime now, const SecretChange& change) {
  for (const Secret& each : change.added) TRY(check_source_secret(preset, each));
  std::int64_t next = 1;
  for (SourceSecret& old : source.secrets) {
    next = std::max(next, old.id + 1);
    if (change.grace) old.expires_at = std::min(old.expires_at.value_or(WallTime::max()), now + *change.grace);
  }
  std::erase_if(source.secrets, [&](const SourceSecret& old) { return old.expires_at && *old.expires_at <= now; });
  if (source.secrets.size() + change.added.size() > kMaxSecrets) {
    return Error{Errc::invalid,
                 "More than " + std::to_string(kMaxSecrets) + " secrets would be kept. Remove one that is over.", ""};
  }
  for (const Secret& each : change.added) {
    source.secrets.insert(source.secrets.begin(),
                          {.id = next++, .sealed = vault.seal(each, random), .created_at = now});
  }
  return {};
}

Result<void> remove_source_secret(SourceSettings& source, std::int64_t id) {
  if (std::erase_if(source.secrets, [&](const SourceSecret& each) { return each.id == id; }) > 0) return {};
  return Error{Errc::not_found, "This webhook keeps no secret with the number " + std::to_string(id) + ".", ""};
}

}  // namespace postern
