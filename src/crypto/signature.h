// What senders sign their requests with: digests, HMAC, and signatures that are checked with a public key. Through
// OpenSSL. Nothing here makes a signature of the second kind.
#pragma once

#include "base/result.h"

#include <memory>
#include <string>
#include <string_view>

namespace postern {

enum class Digest { md5, sha1, sha256, sha384, sha512 };

// The raw bytes. Empty if this OpenSSL does not have the digest; an empty one equals no signature.
std::string digest(Digest algorithm, std::string_view text);
// Source: RFC 2104.
std::string hmac(Digest algorithm, std::string_view key, std::string_view text);

enum class SignatureAlgorithm { rsa_sha1, rsa_sha256, ed25519, ecdsa_sha256 };

// A public key to check signatures with. Immutable; may be moved to another thread.
class PublicKey {
 public:
  // Reads a PEM public key or certificate, the base64 of a DER SubjectPublicKeyInfo (as SendGrid shows it), or, for
  // ed25519, the 32 raw bytes as hex (Discord) or as base64, with or without "whpk_" (Standard Webhooks).
  // Errors: invalid (none of these, or of another kind than `algorithm` needs).
  static Result<PublicKey> read(std::string_view text, SignatureAlgorithm algorithm);

  // RSA is PKCS #1 v1.5; ECDSA signatures are DER.
  bool verify(std::string_view message, std::string_view signature) const;

 private:
  struct Free {
    void operator()(void* key) const;
  };
  PublicKey(void* key, SignatureAlgorithm algorithm) : key_(key), algorithm_(algorithm) {}

  std::unique_ptr<void, Free> key_;  // An EVP_PKEY; OpenSSL's headers stay out of ours.
  SignatureAlgorithm algorithm_;
};

}  // namespace postern
