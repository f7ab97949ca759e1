#include "crypto/signature.h"

#include "crypto/encoding.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <limits>

namespace postern {
namespace {

const EVP_MD* method(Digest algorithm) {
  switch (algorithm) {
    case Digest::md5:
      return EVP_md5();
    case Digest::sha1:
      return EVP_sha1();
    case Digest::sha256:
      return EVP_sha256();
    case Digest::sha384:
      return EVP_sha384();
    case Digest::sha512:
      return EVP_sha512();
  }
  return nullptr;
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string text_of(const std::array<unsigned char, EVP_MAX_MD_SIZE>& out, unsigned length) {
  return {reinterpret_cast<const char*>(out.data()), length};
}

EVP_PKEY* read_pem(std::string_view text) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
                                                      BIO_free);
  if (!bio) return nullptr;
  if (text.find("BEGIN CERTIFICATE") == std::string_view::npos) {
    return PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr);
  }
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr),
                                                                X509_free);
  return certificate ? X509_get_pubkey(certificate.get()) : nullptr;
}

EVP_PKEY* read_raw(std::string_view text, SignatureAlgorithm algorithm) {
  constexpr std::string_view kStandardWebhooks = "whpk_";
  constexpr std::size_t kEd25519Bytes = 32;
  if (text.starts_with(kStandardWebhooks)) text.remove_prefix(kStandardWebhooks.size());
  std::optional<std::string> raw;
  if (text.size() == 2 * kEd25519Bytes) raw = hex_decode(text);
  if (!raw) raw = base64_decode(text);
  if (!raw) return nullptr;
  if (algorithm == SignatureAlgorithm::ed25519 && raw->size() == kEd25519Bytes) {
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(*raw), raw->size());
  }
  const unsigned char* at = bytes(*raw);
  return d2i_PUBKEY(nullptr, &at, static_cast<long>(raw->size()));
}

int kind_of(SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case SignatureAlgorithm::rsa_sha1:
    case SignatureAlgorithm::rsa_sha256:
      return EVP_PKEY_RSA;
    case SignatureAlgorithm::ed25519:
      return EVP_PKEY_ED25519;
    case SignatureAlgorithm::ecdsa_sha256:
      return EVP_PKEY_EC;
  }
  return EVP_PKEY_NONE;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

}  // namespace

std::string digest(Digest algorithm, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned length = 0;
  if (EVP_Digest(text.data(), text.size(), out.data(), &length, method(algorithm), nullptr) != 1) return {};
  return text_of(out, length);
}

std::string hmac(Digest algorithm, std::string_view key, std::string_view text) {
  if (key.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return {};
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned length = 0;
  const unsigned char* made =
      HMAC(method(algorithm), bytes(key), static_cast<int>(key.size()), bytes(text), text.size(), out.data(), &length);
  return made == nullptr ? std::string() : text_of(out, length);
}

void PublicKey::Free::operator()(void* key) const {
  EVP_PKEY_free(static_cast<EVP_PKEY*>(key));
}

Result<PublicKey> PublicKey::read(std::string_view text, SignatureAlgorithm algorithm) {
  constexpr std::size_t kMaxBytes = 64UL * 1024;
  text = trimmed(text);
  EVP_PKEY* key = nullptr;
  if (text.size() <= kMaxBytes) {
    key = text.find("-----BEGIN") == std::string_view::npos ? read_raw(text, algorithm) : read_pem(text);
  }
  PublicKey out(key, algorithm);
  if (key == nullptr || EVP_PKEY_base_id(key) != kind_of(algorithm)) {
    return Error{Errc::invalid,
                 "The public key cannot be used: it is no PEM or base64 text of a key of the kind that this sender "
                 "signs with. Copy it again from the sender.",
                 ""};
  }
  return out;
}

bool PublicKey::verify(std::string_view message, std::string_view signature) const {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const EVP_MD* md = nullptr;  // ed25519 hashes by itself.
  if (algorithm_ == SignatureAlgorithm::rsa_sha1) md = EVP_sha1();
  if (algorithm_ == SignatureAlgorithm::rsa_sha256 || algorithm_ == SignatureAlgorithm::ecdsa_sha256) md = EVP_sha256();
  auto* key = static_cast<EVP_PKEY*>(key_.get());
  return context && EVP_DigestVerifyInit(context.get(), nullptr, md, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(message), message.size()) == 1;
}

}  // namespace postern
