// The secrets of the pages for people.
#include "crypto/account_secrets.h"
#include "crypto/person_secrets.h"

#include <array>
#include <set>

namespace postern {
namespace {

KeyVault vault(unsigned char fill) {
  std::array<std::byte, 32> master{};
  master.fill(static_cast<std::byte>(fill));
  return KeyVault(master);
}

TEST(PersonSecrets, EachHashIsForOnePurposeAndOneKeyFile) {
  const std::string secret(43, 'a');
  const KeyVault one = vault(1);
  const std::set<KeyHash> hashes{user_link_hash(one, secret),      user_session_hash(one, secret),
                                 link_hash(one, secret),           session_hash(one, secret),
                                 token_hash(one, secret),          one.hash(secret),
                                 user_link_hash(vault(2), secret), user_session_hash(vault(2), secret)};
  EXPECT_EQ(hashes.size(), 8U);
  EXPECT_EQ(user_link_hash(one, secret), user_link_hash(vault(1), secret));
  EXPECT_NE(form_token(one, secret), csrf_token(one, secret));
  EXPECT_EQ(form_token(one, secret).size(), 43U);
}

TEST(PersonSecrets, AreLongAndNeverTheSame) {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    for (const Secret& each : {make_user_link_secret(random), make_user_session_secret(random)}) {
      EXPECT_EQ(each.reveal().size(), 43U);
      EXPECT_TRUE(seen.emplace(each.reveal()).second);
    }
  }
}

TEST(PersonSecrets, LinkIsAPathBelowTheBase) {
  EXPECT_EQ(set_password_url("https://a.example/", Secret("s3cret")), "https://a.example/account/set-password/s3cret");
  EXPECT_EQ(set_password_url("https://a.example", Secret("s3cret")), "https://a.example/account/set-password/s3cret");
}

}  // namespace
}  // namespace postern
