#include "crypto/encoding.h"
#include "crypto/signature.h"

namespace postern {
namespace {

TEST(Encoding, HexTakesEitherCaseAndNothingElse) {
  EXPECT_EQ(hex_encode(std::string_view("\x00\xff\x1a", 3)), "00ff1a");
  EXPECT_EQ(hex_decode("00FF1a"), std::string("\x00\xff\x1a", 3));
  EXPECT_EQ(hex_decode(""), "");
  for (const char* bad : {"0", "0g", "00 ", " 00", "0x00"}) EXPECT_FALSE(hex_decode(bad)) << bad;
}

TEST(Encoding, Base64WithAndWithoutPadding) {
  // Source: RFC 4648 §10.
  for (const auto& [text, bytes] : std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                                                    {"Zg==", "f"},
                                                                                    {"Zg", "f"},
                                                                                    {"Zm8=", "fo"},
                                                                                    {"Zm8", "fo"},
                                                                                    {"Zm9v", "foo"},
                                                                                    {"Zm9vYg==", "foob"},
                                                                                    {"Zm9vYmE=", "fooba"},
                                                                                    {"Zm9vYmFy", "foobar"}}) {
    EXPECT_EQ(base64_decode(text), bytes) << text;
  }
  for (const auto& [text, bytes] : std::vector<std::pair<std::string, std::string>>{
           {"", ""}, {"Zg==", "f"}, {"Zm8=", "fo"}, {"Zm9v", "foo"}, {"+/8=", "\xfb\xff"}}) {
    EXPECT_EQ(base64_encode(bytes), text);
  }
  EXPECT_EQ(base64url_encode("\xfb\xff"), "-_8");
  EXPECT_EQ(base64_decode("-_8="), std::string("\xfb\xff"));
  EXPECT_EQ(base64_decode("+/8="), std::string("\xfb\xff"));
  for (const char* bad : {"Z", "Zg=", "Zg===", "=", "====", "Zm9v=", "Zm 9", "Zm9v\n", "Zm=v", "Zm9vY"}) {
    EXPECT_FALSE(base64_decode(bad)) << bad;
  }
}

TEST(Signature, DigestsAndHmacs) {
  // Sources: FIPS 180-4 examples; RFC 2202 and RFC 4231, test case 2.
  EXPECT_EQ(hex_encode(digest(Digest::sha256, "abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::string text = "what do ya want for nothing?";
  EXPECT_EQ(hex_encode(hmac(Digest::md5, "Jefe", text)), "750c783e6ab0b503eaa86e310a5db738");
  EXPECT_EQ(hex_encode(hmac(Digest::sha1, "Jefe", text)), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(hex_encode(hmac(Digest::sha256, "Jefe", text)),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex_encode(hmac(Digest::sha384, "Jefe", text)).substr(0, 32), "af45d2e376484031617f78d2b58a6b1b");
  EXPECT_EQ(hex_encode(hmac(Digest::sha512, "Jefe", text)).substr(0, 32), "164b7a7bfcf819e2e395fbe73b56e0a3");
}

// Source: RFC 8032 §7.1, test 2.
constexpr std::string_view kKey = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
constexpr std::string_view kSignature =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb0"
    "0d"
    "291612bb0c00";

TEST(Signature, Ed25519) {
  const auto key = PublicKey::read(kKey, SignatureAlgorithm::ed25519);
  ASSERT_TRUE(key);
  const std::string signature = *hex_decode(kSignature);
  EXPECT_TRUE(key->verify("\x72", signature));
  EXPECT_FALSE(key->verify("\x73", signature));
  EXPECT_FALSE(key->verify("", signature));
  EXPECT_FALSE(key->verify("\x72", ""));
  EXPECT_FALSE(key->verify("\x72", signature.substr(1)));
}

TEST(Signature, WhatIsNoKeyOfTheKindIsRefused) {
  for (const std::string& bad :
       {std::string(), std::string("key"), std::string(64, 'z'), std::string(kKey.substr(2)),
        std::string("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
        std::string("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), std::string(100'000, 'A')}) {
    for (const auto algorithm : {SignatureAlgorithm::rsa_sha1, SignatureAlgorithm::rsa_sha256,
                                 SignatureAlgorithm::ed25519, SignatureAlgorithm::ecdsa_sha256}) {
      const auto key = PublicKey::read(bad, algorithm);
      ASSERT_FALSE(key) << bad.substr(0, 80);
      EXPECT_EQ(key.error().code, Errc::invalid);
    }
  }
  // A key, but of another kind.
  const std::string ed25519 = "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=";
  EXPECT_TRUE(PublicKey::read(ed25519, SignatureAlgorithm::ed25519));
  EXPECT_FALSE(PublicKey::read(ed25519, SignatureAlgorithm::rsa_sha256));
}

}  // namespace
}  // namespace postern
