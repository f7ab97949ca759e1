// What accounts need: codes, random secrets, the list of common passwords, the hash of audit rows.
#include "crypto/account_secrets.h"
#include "crypto/base32.h"
#include "crypto/common_passwords.h"
#include "crypto/totp.h"

#include <array>
#include <cmath>
#include <set>

namespace postern {
namespace {

std::span<const std::byte> bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

KeyVault vault(unsigned char fill = 7) {
  std::array<std::byte, 32> master{};
  master.fill(static_cast<std::byte>(fill));
  return KeyVault(master);
}

WallTime at(std::int64_t seconds) {
  return WallTime{std::chrono::seconds{seconds}};
}

// Source: RFC 4648 §10, padding left out.
TEST(Base32, VectorsOfTheRfc) {
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"f", "MY"},
                                                       {"fo", "MZXQ"},
                                                       {"foo", "MZXW6"},
                                                       {"foob", "MZXW6YQ"},
                                                       {"fooba", "MZXW6YTB"},
                                                       {"foobar", "MZXW6YTBOI"}};
  for (const auto& [plain, text] : cases) {
    EXPECT_EQ(base32_encode(bytes(plain)), text);
    EXPECT_EQ(base32_decode(text), plain);
  }
  EXPECT_EQ(base32_decode("mzxw6ytboi"), "foobar");
  for (const char* wrong : {"M", "MZ1W", "MZXW 6", "MZ======", "MZ"})
    EXPECT_EQ(base32_decode(wrong), std::nullopt) << wrong;
}

// Source: RFC 6238, appendix B (SHA-1, 8 digits).
TEST(Totp, VectorsOfTheRfc) {
  const std::pair<std::int64_t, const char*> cases[] = {{59, "94287082"},         {1111111109, "07081804"},
                                                        {1111111111, "14050471"}, {1234567890, "89005924"},
                                                        {2000000000, "69279037"}, {20000000000, "65353130"}};
  for (const auto& [seconds, code] : cases) {
    EXPECT_EQ(totp_code("12345678901234567890", totp_step(at(seconds)), 8), code) << seconds;
  }
}

TEST(Totp, CodesOfTheStepAndItsNeighboursMatch) {
  const std::string key = "12345678901234567890";
  const Secret secret(base32_encode(bytes(key)));
  const WallTime now = at(1111111111);
  const std::int64_t step = totp_step(now);
  for (std::int64_t each = step - 2; each <= step + 2; ++each) {
    const auto want = std::abs(each - step) <= 1 ? std::optional(each) : std::nullopt;
    EXPECT_EQ(match_totp(secret, totp_code(key, each), now), want) << each - step;
  }
  for (const char* wrong : {"", "12345", "1234567", "abcdef"}) EXPECT_EQ(match_totp(secret, wrong, now), std::nullopt);
  EXPECT_EQ(match_totp(Secret("not base 32!"), "123456", now), std::nullopt);
}

TEST(Totp, UriNamesTheAccount) {
  EXPECT_EQ(
      totp_uri(Secret("ABCD"), "ada+x@example.com"),
      "otpauth://totp/Postern:ada%2Bx%40example.com?secret=ABCD&issuer=Postern&algorithm=SHA1&digits=6&period=30");
}

// Requirement: no repeat in 10,000, and the characters evenly spread.
TEST(AccountSecrets, TenThousandSessionSecretsAreUniqueAndEven) {
  SystemRandom random;
  std::set<std::string> seen;
  std::array<double, 256> counts{};
  constexpr int kMany = 10'000;
  double total = 0;
  for (int i = 0; i < kMany; ++i) {
    const Secret secret = make_session_secret(random);
    const std::string text(secret.reveal());
    ASSERT_EQ(text.size(), 43U);
    seen.insert(text);
    seen.insert(make_session_id(random));
    for (std::size_t n = 0; n + 1 < text.size(); ++n) {  // The last character has four bits only.
      counts[static_cast<unsigned char>(text[n])] += 1;
      total += 1;
    }
  }
  EXPECT_EQ(seen.size(), 2U * kMany);
  double chi_square = 0;
  int kinds = 0;
  for (const double count : counts) {
    if (count == 0) continue;
    ++kinds;
    chi_square += (count - total / 64) * (count - total / 64) / (total / 64);
  }
  EXPECT_EQ(kinds, 64);
  EXPECT_LT(chi_square, 130);  // 63 degrees of freedom: more happens once in a million runs.
}

TEST(AccountSecrets, HashesDependOnPurposeAndKeyFile) {
  const std::set<KeyHash> all{session_hash(vault(), "x"),
                              token_hash(vault(), "x"),
                              link_hash(vault(), "x"),
                              recovery_code_hash(vault(), {1}, "x"),
                              recovery_code_hash(vault(), {2}, "x"),
                              reply_hash(vault(), "x"),
                              session_hash(vault(8), "x")};
  EXPECT_EQ(all.size(), 7U);
  EXPECT_NE(csrf_token(vault(), "x"), csrf_token(vault(), "y"));
  EXPECT_EQ(csrf_token(vault(), "x").size(), 43U);
}

TEST(AccountSecrets, RecoveryCodesAreReadAsPeopleWriteThem) {
  SystemRandom random;
  const std::vector<Secret> codes = make_recovery_codes(random);
  ASSERT_EQ(codes.size(), 10U);
  const std::string code(codes.front().reveal());
  EXPECT_EQ(code.size(), 19U);
  std::string typed = " ";
  for (const char c : code) typed += c == '-' ? ' ' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  EXPECT_EQ(recovery_code_hash(vault(), {1}, typed), recovery_code_hash(vault(), {1}, code));
  EXPECT_NE(recovery_code_hash(vault(), {1}, code + "a"), recovery_code_hash(vault(), {1}, code));
}

TEST(AccountSecrets, AuditHashCoversEveryField) {
  const AuditRow row{3, at(1), "ada", "192.0.2.1", "a.b", "c 1", "{}", "[]", {}};
  std::set<KeyHash> all{audit_hash(vault(), {}, row), audit_hash(vault(8), {}, row),
                        audit_hash(vault(), {std::byte{1}}, row)};
  const auto with = [&](auto change) {
    AuditRow other = row;
    change(other);
    all.insert(audit_hash(vault(), {}, other));
  };
  with([](AuditRow& r) { r.id = 4; });
  with([](AuditRow& r) { r.at = at(2); });
  with([](AuditRow& r) { r.actor = "bob"; });
  with([](AuditRow& r) { r.ip = "192.0.2.2"; });
  with([](AuditRow& r) { r.action = "a.bc"; });
  with([](AuditRow& r) { r.target = "c 2"; });
  with([](AuditRow& r) { r.before = ""; });
  with([](AuditRow& r) { r.after = "{}[]"; });
  EXPECT_EQ(all.size(), 11U);
}

TEST(AccountSecrets, SetupUrlHidesTheSecretBehindTheHash) {
  EXPECT_EQ(setup_url("https://postern.example/", Secret("abc")), "https://postern.example/admin/setup#abc");
}

TEST(CommonPasswords, AreMany) {
  EXPECT_GE(count_common_passwords(), 3000U);
}

TEST(CommonPasswords, Table) {
  for (const char* common :
       {"passwordpassword", "PasswordPassword", "password1234", "Password2024!", "!!password!!", "1234567890123",
        "____________", "aaaaaaaaaaaa", "qwertyuiopas", "qwertyuiopasdfghjkl", "iloveyoulove", "Administrator1!",
        "letmeinletmein", "welcome123love", "correcthorsebatterystaple", "postern12345"}) {
    EXPECT_TRUE(is_common_password(Secret(common))) << common;
  }
  for (const char* fine :
       {"glacier-otter-mundane", "vT9#kq2LmZ0p", "\xc3\xa4\xc3\xb6\xc3\xbc kaltes Wasser", "tulip raspberry 44"}) {
    EXPECT_FALSE(is_common_password(Secret(fine))) << fine;
  }
}

}  // namespace
}  // namespace postern
