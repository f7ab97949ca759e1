#include "crypto/secret_match.h"

#include <gtest/gtest.h>

namespace postern {
namespace {

// The digests are those of sha256sum.
TEST(SecretMatch, TheTextItselfOrItsDigest) {
  EXPECT_TRUE(matches_secret("correct horse", "correct horse"));
  EXPECT_TRUE(
      matches_secret("correct horse", "sha256:4104d36f8da2c254349f85836793ebe029e0c957063a34c91c2e9203187b5631"));
  EXPECT_TRUE(
      matches_secret("correct horse", "sha256:4104D36F8DA2C254349F85836793EBE029E0C957063A34C91C2E9203187B5631"));
  EXPECT_FALSE(matches_secret("correct hors", "correct horse"));
  EXPECT_FALSE(matches_secret("wrong", "sha256:4104d36f8da2c254349f85836793ebe029e0c957063a34c91c2e9203187b5631"));
}

TEST(SecretMatch, NothingMatchesNothing) {
  EXPECT_FALSE(matches_secret("", ""));
  EXPECT_FALSE(matches_secret("x", ""));
  EXPECT_FALSE(matches_secret("", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
  for (const char* digest : {"sha256:", "sha256:ab", "sha256:zz", "sha256: 4104d36f"}) {
    EXPECT_FALSE(matches_secret("correct horse", digest)) << digest;
    EXPECT_FALSE(matches_secret(digest, digest)) << "a digest that is none is a mistake, not a secret";
  }
}

}  // namespace
}  // namespace postern
