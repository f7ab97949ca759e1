// Passwords are hashed as the store of the people wants it.
#include "unit/pipeline/intake_site.h"

namespace postern {
namespace {

class PlainScheme final : public PasswordScheme {
 public:
  Result<std::string> hash(const Secret& password) const override { return "plain:" + std::string(password.reveal()); }
  bool verify(const std::string& hash, const Secret& password) const override {
    return hash == "plain:" + std::string(password.reveal());
  }
};

class PasswordSchemeTest : public IntakeSite {
 protected:
  std::string hash_of(std::string_view name) { return store_.find_credentials(name).value()->password_hash; }
};

TEST_F(PasswordSchemeTest, NewPeopleGetAHashOfTheStoresScheme) {
  const PlainScheme plain;
  post("join", "argon@example.com", "&user_pass=secret-word");
  EXPECT_TRUE(hash_of("argon@example.com").starts_with("$argon2id$"));
  passwords_ = &plain;
  post("join", "plain@example.com", "&user_pass=secret-word");
  EXPECT_EQ(hash_of("plain@example.com"), "plain:secret-word");
}

TEST_F(PasswordSchemeTest, TheSchemeOfPosternsOwnStores) {
  const std::string hash = argon2_scheme().hash(Secret("word")).value();
  EXPECT_TRUE(argon2_scheme().verify(hash, Secret("word")));
  EXPECT_FALSE(argon2_scheme().verify(hash, Secret("Word")));
  EXPECT_FALSE(argon2_scheme().verify("", Secret("word")));
}

TEST_F(PasswordSchemeTest, AWebhookWithAFaultIsRefusedUntilItIsMended) {
  Webhook webhook = store_.load_catalog()->webhooks.front();
  webhook.fault = "Its row is damaged.";
  const auto source = prepare_source(webhook, {});
  ASSERT_NE(source, nullptr);
  EXPECT_EQ(source->problem, webhook.fault);
  webhook.fault.clear();
  EXPECT_EQ(prepare_source(webhook, {}), nullptr);
}

}  // namespace
}  // namespace postern
