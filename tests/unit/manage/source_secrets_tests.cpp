#include "manage/presets.h"
#include "manage/source_secrets.h"
#include "manage/webhook_settings_json.h"
#include "source/verify.h"
#include "support/fake_clock.h"
#include "support/senders.h"

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace postern {
namespace {

using std::chrono::hours;

class SourceSecrets : public testing::Test {
 protected:
  Result<void> add(const std::vector<std::string>& texts, std::optional<std::chrono::seconds> grace = {}) {
    std::vector<Secret> secrets;
    for (const std::string& each : texts) secrets.emplace_back(each);
    return add_source_secrets(source_, *usable_preset(PresetLibrary(""), "stripe"), vault_, random_, clock_.now(),
                              {.added = secrets, .grace = grace});
  }
  // "2 1*": the numbers, those that expire with a star.
  std::string numbers() const {
    std::string out;
    for (const SourceSecret& each : source_.secrets) {
      out += (out.empty() ? "" : " ") + std::to_string(each.id) + (each.expires_at ? "*" : "");
    }
    return out;
  }

  KeyVault vault_{std::array<std::byte, 32>{}};
  SystemRandom random_;
  FakeClock clock_;
  SourceSettings source_;
};

TEST_F(SourceSecrets, AreSealedNewestFirstAndNotShown) {
  ASSERT_TRUE(add({"whsec_first"}));
  ASSERT_TRUE(add({"whsec_second"}));
  EXPECT_EQ(numbers(), "2 1");
  EXPECT_EQ(vault_.unseal(source_.secrets[0].sealed)->reveal(), "whsec_second");
  EXPECT_EQ(source_.secrets[0].sealed.find("second"), std::string::npos);
  const std::string json = boost::json::serialize(source_json(source_));
  EXPECT_EQ(json.find("whsec"), std::string::npos);
  EXPECT_EQ(json.find("sealed"), std::string::npos);
}

TEST_F(SourceSecrets, OldOnesAreAcceptedUntilTheGraceIsOver) {
  ASSERT_TRUE(add({"a"}));
  ASSERT_TRUE(add({"b"}, hours{24}));
  EXPECT_EQ(numbers(), "2 1*");
  EXPECT_EQ(*source_.secrets[1].expires_at, clock_.now() + hours{24});
  ASSERT_TRUE(add({"c"}, hours{48}));  // Never longer than was said before.
  EXPECT_EQ(*source_.secrets[2].expires_at, clock_.now() + hours{24});
  clock_.advance(hours{24});
  ASSERT_TRUE(add({"d"}));
  EXPECT_EQ(numbers(), "4 3 2*");
  ASSERT_TRUE(add({"e"}, hours{0}));
  EXPECT_EQ(numbers(), "5");
}

TEST_F(SourceSecrets, NoMoreAreKeptThanAreTried) {
  for (std::size_t i = 0; i < kMaxSecrets; ++i) ASSERT_TRUE(add({"s" + std::to_string(i)}));
  EXPECT_EQ(add({"one more"}).error().code, Errc::invalid);
  EXPECT_EQ(source_.secrets.size(), kMaxSecrets);
  ASSERT_TRUE(remove_source_secret(source_, 1));
  EXPECT_TRUE(add({"one more"}));
  EXPECT_EQ(remove_source_secret(source_, 99).error().code, Errc::not_found);
}

TEST_F(SourceSecrets, GoWithTheSourceThatTheyAreOf) {
  source_.name = "stripe";
  source_.products = {{"p", {}, {}}};
  ASSERT_TRUE(add({"a"}));
  choose_source(source_, "stripe");
  EXPECT_EQ(numbers(), "1");
  choose_source(source_, "shopify");
  EXPECT_EQ(numbers(), "");
  EXPECT_EQ(source_.products.size(), 1U);
}

TEST(CheckSourceSecret, RefusesWhatThePresetCannotUse) {
  struct Case {
    const char* preset;
    std::string secret;
    const char* because;  // Part of the message; null: it can be used.
  };
  const std::string pem =
      "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC "
      "KEY-----\n";
  for (const Case& each :
       std::vector<Case>{{"stripe", "whsec_anything at all", nullptr},
                         {"stripe", "", "it is empty"},
                         {"stripe", "two\nlines", "a line end"},
                         {"stripe", std::string(kMaxSourceSecretBytes + 1, 'x'), "longer than 16384"},
                         {"standard_webhooks", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", nullptr},
                         {"standard_webhooks", "whsec_not base64!", "with or without 'whsec_'"},
                         {"chargebee", "user:password", nullptr},
                         {"chargebee", "s3cret", "user:password"},
                         {"chargebee", ":s3cret", "user:password"},
                         {"kajabi", "anything", "proves nothing"},
                         {"paypal", "n0 key", "public key or certificate"},
                         {"paypal", pem, "of the right kind"},  // Ed25519, and PayPal signs with RSA.
                         {"gohighlevel", "n0 key", "public key or certificate"}}) {
    const auto preset = usable_preset(PresetLibrary(""), each.preset);
    ASSERT_TRUE(preset) << each.preset;
    const Result<void> checked = check_source_secret(*preset, Secret(each.secret));
    EXPECT_EQ(checked.has_value(), each.because == nullptr) << each.preset << " " << each.secret;
    if (each.because == nullptr || checked) continue;
    EXPECT_NE(checked.error().message.find(each.because), std::string::npos) << checked.error().message;
    if (each.secret.size() < 4) continue;
    EXPECT_EQ(checked.error().message.find(each.secret), std::string::npos);
  }
}

// The secrets of tests/data/senders are of the form in which the senders give them out.
TEST(CheckSourceSecret, TakesWhatSendersGiveOut) {
  std::size_t checked = 0;
  for (const auto& each : sender_data("deliveries")) {
    const Preset preset = shipped(json_text(each.at("sender")));
    const auto* secret = each.as_object().if_contains("secret");
    if (secret == nullptr || each.at("verifies") != boost::json::value(true)) continue;
    if (preset.verify.kind == Verification::Kind::none) continue;
    for (const Secret& one : secrets_of(*secret)) {
      const Result<void> done = check_source_secret(preset, one);
      EXPECT_TRUE(done) << preset.name << ": " << (done ? "" : done.error().message);
      ++checked;
    }
  }
  EXPECT_GT(checked, 20U);
}

TEST(SourceJson, HasEveryMember) {
  const std::string json = boost::json::serialize(source_json({}));
  for (const char* member :
       {"name", "webhook_id", "url_action", "events", "conditions", "products", "skip_stale", "secrets"}) {
    EXPECT_NE(json.find('"' + std::string(member) + '"'), std::string::npos) << member;
  }
  EXPECT_EQ(boost::json::serialize(protection_json({})),
            R"({"networks":[],"webhook_rate":null,"address_rate":null,"expires_at":null})");
}

}  // namespace
}  // namespace postern
