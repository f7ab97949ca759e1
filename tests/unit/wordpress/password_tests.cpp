#include "crypto/crypto.h"
#include "support/vectors.h"
#include "wordpress/password.h"
#include "wordpress/reset_key.h"

namespace postern::wordpress {
namespace {

namespace json = boost::json;

class WordPressPasswords : public testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(init_crypto()); }
  SeededRandom random_{7};
};

// PHP's trim(), which WordPress applies before it hashes; the vectors' passwords are not slashed.
std::string trimmed(std::string text) {
  const std::string blanks(" \t\n\r\0\x0b", 6);
  text.erase(0, std::min(text.find_first_not_of(blanks), text.size()));
  text.erase(text.find_last_not_of(blanks) + 1);
  return text;
}

TEST_F(WordPressPasswords, PhpassVectors) {
  const json::array cases = vector_cases("password_hash_phpass");
  EXPECT_EQ(cases.size(), 55U);
  for (const json::value& each : cases) {
    const json::value& in = each.at("in");
    EXPECT_EQ(phpass_hash(trimmed(text_of(in.at("password"))), text_of(in.at("cost_char"))[0], text_of(in.at("salt"))),
              text_of(each.at("out")))
        << json::serialize(in);
  }
}

TEST_F(WordPressPasswords, BcryptVectors) {
  const json::array cases = vector_cases("password_hash_wp_bcrypt");
  EXPECT_EQ(cases.size(), 55U);
  for (const json::value& each : cases) {
    const json::value& in = each.at("in");
    const auto cost = in.at("cost").as_int64();
    const std::string setting =
        std::string("$2y$") + (cost < 10 ? "0" : "") + std::to_string(cost) + "$" + text_of(in.at("bcrypt_salt"));
    const auto made = wp_bcrypt_hash(trimmed(text_of(in.at("password"))), setting);
    ASSERT_TRUE(made);
    EXPECT_EQ(*made, text_of(each.at("out"))) << json::serialize(in);
  }
}

TEST_F(WordPressPasswords, CheckVectors) {
  const json::array cases = vector_cases("wp_check_password");
  EXPECT_EQ(cases.size(), 247U);
  for (const json::value& each : cases) {
    const Secret password(text_of(each.at("in").at("password")));
    const std::string hash = text_of(each.at("in").at("hash"));
    EXPECT_EQ(check_password(password, hash, PasswordRules::before_6_8), each.at("out").at("wp_lt_6.8").as_bool())
        << json::serialize(each);
    EXPECT_EQ(check_password(password, hash, PasswordRules::since_6_8), each.at("out").at("wp_ge_6.8").as_bool())
        << json::serialize(each);
  }
}

TEST_F(WordPressPasswords, WhatIsMadeIsAccepted) {
  for (const PasswordRules rules : {PasswordRules::before_6_8, PasswordRules::since_6_8}) {
    for (const std::string& password : {std::string("it's a \"secret\" \\ word"), std::string(" pä🦉 "),
                                        std::string("a\0b", 3), std::string(3000, 'x')}) {
      const auto hash = hash_typed_password(Secret(password), rules, random_, 4);
      ASSERT_TRUE(hash);
      EXPECT_TRUE(check_password(typed_password(Secret(password)), *hash, PasswordRules::since_6_8)) << *hash;
      EXPECT_FALSE(check_password(Secret(password + "x"), *hash, PasswordRules::since_6_8)) << *hash;
      // A site before 6.8 lets nobody in with the new hashes.
      EXPECT_EQ(check_password(typed_password(Secret(password)), *hash, PasswordRules::before_6_8),
                rules == PasswordRules::before_6_8);
    }
    EXPECT_EQ(*hash_typed_password(Secret(std::string(4097, 'x')), rules, random_, 4), "*");
  }
  EXPECT_TRUE(hash_typed_password(Secret("a"), PasswordRules::since_6_8, random_)->starts_with("$wp$2y$10$"));
  EXPECT_TRUE(hash_typed_password(Secret("a"), PasswordRules::before_6_8, random_)->starts_with("$P$B"));
}

TEST_F(WordPressPasswords, ASlashIsHashedAsTheLoginFormSendsIt) {
  // WordPress slashes the form and never takes the slashes off a password.
  EXPECT_EQ(typed_password(Secret(" it's \n")).reveal(), "it\\'s");
}

TEST_F(WordPressPasswords, AHashThatAsksForTooMuchIsNotChecked) {
  for (const char* hash :
       {"$2y$31$W/IvIVFKxIivhsGjQFOnpezHjgGkMpfHmgQ9NO80ACg4jmu7N4Ul6",
        "$wp$2y$31$W/IvIVFKxIivhsGjQFOnpezHjgGkMpfHmgQ9NO80ACg4jmu7N4Ul6", "$P$S12345678Eg2z6eqcenWjcSosVt4mZ.",
        "$6$rounds=999999999$saltsalt$UslGL80KhETn9.zaNowFGyZyf9KA7JIO4ZMWnOa4J7mvetW06VOFI/nSgwFv",
        "$argon2id$v=19$m=4194304,t=1,p=1$Q0xzZDB3Yi8uYTY0TlhlTg$IFStSf3LQ5lVyVlBc6Hx00pKQzfzfHPsetg",
        "$argon2id$v=19$m=1024,t=999999999,p=1$Q0xzZDB3Yi8uYTY0TlhlTg$IFStSf3LQ5lVyVlBc6Hx00pKQzfzf"}) {
    EXPECT_FALSE(check_password(Secret("password"), hash, PasswordRules::since_6_8)) << hash;
    EXPECT_FALSE(check_password(Secret("password"), hash, PasswordRules::before_6_8)) << hash;
  }
}

TEST_F(WordPressPasswords, FastHashVectors) {
  const json::array cases = vector_cases("wp_fast_hash");
  EXPECT_GE(cases.size(), 40U);
  for (const json::value& each : cases) {
    EXPECT_EQ(fast_hash(text_of(each.at("in"))), text_of(each.at("out"))) << json::serialize(each);
  }
}

constexpr WallTime kNow{std::chrono::seconds(1'795'423'005)};

// "{now+-86390}:$P$…" with the time filled in.
std::string filled_in(std::string text) {
  const std::size_t begin = text.find("{now+");
  if (begin == std::string::npos) return text;
  const std::size_t end = text.find('}', begin);
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(kNow.time_since_epoch()).count();
  return text.replace(begin, end - begin + 1, std::to_string(now + std::stol(text.substr(begin + 5, end - begin - 5))));
}

TEST_F(WordPressPasswords, ResetKeyVectors) {
  const json::array cases = vector_cases("check_password_reset_key");
  EXPECT_EQ(cases.size(), 17U);
  for (const json::value& each : cases) {
    const json::object& in = each.at("in").as_object();
    if (in.contains("login")) continue;  // That there is no such user is found out elsewhere.
    const ResetKeyState state = check_reset_key(Secret(text_of(in.at("key"))), filled_in(text_of(in.at("stored"))),
                                                kNow, PasswordRules::since_6_8);
    const std::string want = text_of(each.at("out"));
    EXPECT_EQ(state, want == "ok"            ? ResetKeyState::ok
                     : want == "expired_key" ? ResetKeyState::expired
                                             : ResetKeyState::invalid)
        << json::serialize(each);
  }
}

TEST_F(WordPressPasswords, AResetKeyIsAcceptedForADay) {
  for (const PasswordRules rules : {PasswordRules::before_6_8, PasswordRules::since_6_8}) {
    const Secret key = make_reset_key(random_);
    const std::string stored = stored_reset_key(key, kNow, rules, random_);
    EXPECT_TRUE(stored.starts_with(rules == PasswordRules::since_6_8 ? "1795423005:$generic$" : "1795423005:$P$B"));
    using std::chrono::seconds;
    EXPECT_EQ(check_reset_key(key, stored, kNow, rules), ResetKeyState::ok);
    EXPECT_EQ(check_reset_key(key, stored, kNow + seconds(86399), rules), ResetKeyState::ok);
    EXPECT_EQ(check_reset_key(key, stored, kNow + seconds(86400), rules), ResetKeyState::expired);
    EXPECT_EQ(check_reset_key(make_reset_key(random_), stored, kNow, rules), ResetKeyState::invalid);
  }
  const Secret key = make_reset_key(random_);
  const std::string stored = stored_reset_key(key, kNow, PasswordRules::since_6_8, random_);
  EXPECT_EQ(check_reset_key(key, stored, kNow, PasswordRules::before_6_8), ResetKeyState::invalid);
}

TEST_F(WordPressPasswords, ResetKeysUseTheWholeAlphabetEvenly) {
  std::map<char, int> counts;
  for (int i = 0; i < 3100; ++i) {
    const Secret key = make_reset_key(random_);
    ASSERT_EQ(key.reveal().size(), 20U);
    for (const char c : key.reveal()) ++counts[c];
  }
  EXPECT_EQ(counts.size(), 62U);
  // 1,000 of each are expected; the standard deviation is 31.
  for (const auto& [c, count] : counts) EXPECT_NEAR(count, 1000, 190) << c;
}

}  // namespace
}  // namespace postern::wordpress
