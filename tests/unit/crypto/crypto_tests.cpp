#include "crypto/key_vault.h"
#include "crypto/password.h"
#include "support/temp_folder.h"

#include <sys/stat.h>

#include <fstream>
#include <set>

namespace postern {
namespace {

std::array<std::byte, 32> master(unsigned char fill) {
  std::array<std::byte, 32> out{};
  out.fill(static_cast<std::byte>(fill));
  return out;
}

TEST(KeyVault, MakesAFileOnlyTheOwnerCanReadAndReadsItAgain) {
  const TempFolder folder;
  SystemRandom random;
  const std::string path = folder.file("postern.key");
  const auto first = KeyVault::open_or_create(path, random);
  ASSERT_TRUE(first);
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_EQ(KeyVault::open_or_create(path, random)->hash("k"), first->hash("k"));
}

TEST(KeyVault, RefusesAFileThatOthersCanRead) {
  const TempFolder folder;
  SystemRandom random;
  const std::string path = folder.file("postern.key");
  ASSERT_TRUE(KeyVault::open_or_create(path, random));
  ::chmod(path.c_str(), 0644);
  const auto opened = KeyVault::open_or_create(path, random);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("chmod 600"), std::string::npos);
}

TEST(KeyVault, RefusesADamagedFileAndLeavesItAlone) {
  const TempFolder folder;
  SystemRandom random;
  for (const std::string& content :
       {std::string("garbage"), std::string(), "postern-key-1 " + std::string(64, 'z') + "\n",
        "postern-key-1 " + std::string(62, 'a') + "\n"}) {
    const std::string path = folder.file("postern.key");
    std::ofstream(path) << content;
    ::chmod(path.c_str(), 0600);
    const auto opened = KeyVault::open_or_create(path, random);
    ASSERT_FALSE(opened) << content;
    EXPECT_EQ(opened.error().code, Errc::invalid);
    std::stringstream after;
    after << std::ifstream(path).rdbuf();
    EXPECT_EQ(after.str(), content);
  }
}

TEST(KeyVault, HashDependsOnKeyAndMaster) {
  const KeyVault a(master(1));
  const KeyVault b(master(2));
  EXPECT_EQ(a.hash("x"), KeyVault(master(1)).hash("x"));
  EXPECT_NE(a.hash("x"), a.hash("y"));
  EXPECT_NE(a.hash("x"), b.hash("x"));
  EXPECT_TRUE(constant_time_equal(a.hash("x"), a.hash("x")));
  EXPECT_FALSE(constant_time_equal(a.hash("x"), a.hash("X")));
}

TEST(KeyVault, UnsealsOnlyWhatItSealed) {
  SystemRandom random;
  const KeyVault vault(master(1));
  const std::string sealed = vault.seal(Secret("the key"), random);
  EXPECT_EQ(sealed.find("the key"), std::string::npos);
  EXPECT_EQ(vault.unseal(sealed)->reveal(), "the key");
  EXPECT_NE(vault.seal(Secret("the key"), random), sealed);
  EXPECT_FALSE(KeyVault(master(2)).unseal(sealed));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string altered = sealed;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(vault.unseal(altered)) << i;
    EXPECT_FALSE(vault.unseal(sealed.substr(0, i))) << i;
  }
}

TEST(WebhookKey, Is256BitsAndNeverTheSame) {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) {
    const Secret key = make_webhook_key(random);
    EXPECT_EQ(key.reveal().size(), 43U);
    EXPECT_EQ(key.reveal().find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
              std::string_view::npos);
    EXPECT_TRUE(seen.emplace(key.reveal()).second);
  }
}

TEST(Password, IsArgon2idWithEnoughWork) {
  const std::string hash = hash_password(Secret("correct horse")).value();
  EXPECT_EQ(hash.rfind("$argon2id$v=19$m=19456,t=2,p=1$", 0), 0U) << hash;
  EXPECT_TRUE(verify_password(hash, Secret("correct horse")));
  EXPECT_FALSE(verify_password(hash, Secret("correct horsf")));
  EXPECT_FALSE(verify_password("", Secret("")));
}

TEST(Password, IsNeverCut) {
  const std::string base(200, 'x');
  const std::string hash = hash_password(Secret(base + "a")).value();
  EXPECT_FALSE(verify_password(hash, Secret(base + "b")));
}

}  // namespace
}  // namespace postern
