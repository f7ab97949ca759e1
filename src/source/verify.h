// Is a request from the sender that it claims to be from?
#pragma once

#include "base/clock.h"
#include "base/secret.h"
#include "source/document.h"
#include "source/preset.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

enum class Verdict {
  ok,
  unchecked,        // This sender signs nothing, or the preset leaves it to the operator and there is no secret.
  no_secret,        // The preset demands a secret and none was given.
  bad_secret,       // No secret that was given can be used: no whsec_… text, no public key.
  missing_header,   // A header, parameter or field that carries the proof is not there.
  bad_format,       // It is there but not built as this sender builds it; or it is too long.
  stale,            // The time that was signed is too far from now.
  wrong_signature,  // No signature fits any secret.
  wrong_token,      // The token, or user and password, are others.
  unreadable_body,  // The proof stands in the body, and that cannot be read.
};
std::string_view to_word(Verdict verdict);

struct Verified {
  Verdict verdict = Verdict::wrong_signature;
  std::string reason;  // What happened, why, what to do. Repeats no secret and no signature. Empty if accepted.

  bool accepted() const { return verdict == Verdict::ok || verdict == Verdict::unchecked; }
};

constexpr std::size_t kMaxSignatureBytes = 16UL * 1024;  // Of the header or field that carries the proof.
constexpr std::size_t kMaxSignatures = 32;               // In one header: keys change one at a time.
constexpr std::size_t kMaxSecrets = 16;                  // More are not tried.

// Pure: `now` is a parameter. A request is accepted if one of its signatures fits one of the secrets, so that a secret
// can be changed without a gap. Whatever is missing or unclear refuses it. Secrets and signatures are compared in
// constant time; the work is at most (signatures + 1) × secrets × body.
// Secrets are, by kind: the token; "user:password"; the signing secret; the public key.
Verified verify(const Preset& preset, const SignedRequest& request, std::span<const Secret> secrets, WallTime now);

// The same with secrets that were made ready before: to read a public key takes longer than to check with it.
struct PreparedSecret {
  Secret text;
  std::optional<PublicKey> key;        // Of kinds that need one; nothing: the text is none.
  std::optional<WallTime> expires_at;  // From then on it is not accepted.
};
struct PreparedSecrets {
  std::vector<PreparedSecret> own;
  std::optional<PublicKey> shared;  // The preset's.
};
PreparedSecrets prepare_secrets(const Verification& rules, std::vector<PreparedSecret> own);
Verified verify(const Preset& preset, const SignedRequest& request, const PreparedSecrets& secrets, WallTime now);

}  // namespace postern
