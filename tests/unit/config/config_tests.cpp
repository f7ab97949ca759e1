#include "config/definition.h"
#include "config/load.h"
#include "support/temp_folder.h"

#include <fstream>
#include <set>

namespace postern {
namespace {

class Config : public testing::Test {
 protected:
  std::string file(const std::string& text) {
    const std::string path = folder_.file("postern.toml");
    std::ofstream(path) << text;
    return path;
  }
  static const EffectiveValue& value(const Effective& effective, const std::string& key) {
    for (const EffectiveValue& each : effective.values) {
      if (each.key == key) return each;
    }
    throw std::out_of_range(key);
  }
  TempFolder folder_;
};

TEST_F(Config, FlagBeatsEnvironmentBeatsFileBeatsDefault) {
  const std::string path = file("[limits]\nfields = 10\nheaders = 20\njson_depth = 8\n");
  const Environment environment{{"POSTERN_LIMITS_FIELDS", "11"}, {"POSTERN_LIMITS_HEADERS", "21"}};
  const auto effective = load_settings(path, environment, {{"limits.fields", "12", "--fields"}});
  ASSERT_TRUE(effective) << effective.error().message;
  EXPECT_EQ(effective->settings.limits.fields, 12U);
  EXPECT_EQ(effective->settings.limits.headers, 21U);
  EXPECT_EQ(effective->settings.limits.json_depth, 8U);
  EXPECT_EQ(effective->settings.limits.body_bytes, Settings{}.limits.body_bytes);
  EXPECT_EQ(value(*effective, "limits.fields").origin, "flag --fields");
  EXPECT_EQ(value(*effective, "limits.headers").origin, "environment POSTERN_LIMITS_HEADERS");
  EXPECT_THAT(value(*effective, "limits.json_depth").origin, testing::EndsWith("postern.toml:4"));
  EXPECT_EQ(value(*effective, "limits.body_bytes").origin, "default");
}

TEST_F(Config, AnUnknownKeyIsNamedWithItsPlaceAndTheNearestKnownOne) {
  const auto effective = load_settings(file("[limits]\nfeilds = 10\n"), {}, {});
  ASSERT_FALSE(effective);
  EXPECT_THAT(effective.error().message, testing::AllOf(testing::HasSubstr("limits.feilds"), testing::HasSubstr(":2"),
                                                        testing::HasSubstr("limits.fields")));
}

TEST_F(Config, ABadValueSaysWhatIsExpected) {
  const auto effective = load_settings("", {{"POSTERN_LIMITS_BODY_BYTES", "plenty"}}, {});
  ASSERT_FALSE(effective);
  EXPECT_THAT(effective.error().message,
              testing::AllOf(testing::HasSubstr("POSTERN_LIMITS_BODY_BYTES"), testing::HasSubstr("size")));
}

TEST_F(Config, SecretsComeFromFilesAndAreNeverShown) {
  const std::string path = folder_.file("token");
  std::ofstream(path) << "hush-hush-hush-hush\n";
  const auto effective = load_settings("", {{"POSTERN_METRICS_TOKEN_FILE", path}}, {});
  ASSERT_TRUE(effective) << effective.error().message;
  EXPECT_EQ(effective->settings.metrics.token.reveal(), "hush-hush-hush-hush");
  for (const EffectiveValue& each : effective->values) EXPECT_EQ(each.value.find("hush"), std::string::npos);
}

// What a setting prints, it reads.
TEST_F(Config, EveryDefaultIsAValidValue) {
  std::set<std::string_view> keys;
  for (const SettingDefinition& definition : setting_definitions()) {
    EXPECT_TRUE(keys.insert(definition.key).second) << definition.key;
    EXPECT_FALSE(definition.about.empty()) << definition.key;
    if (definition.is_secret) continue;
    Settings settings;
    const std::string text = definition.write(settings);
    if (text.empty()) continue;
    EXPECT_TRUE(definition.read(settings, text)) << definition.key << " = " << text;
    EXPECT_EQ(definition.write(settings), text) << definition.key;
  }
}

TEST(Size, TakesUnits) {
  EXPECT_EQ(parse_size("4096").value(), 4096U);
  EXPECT_EQ(parse_size("64KiB").value(), 65536U);
  EXPECT_EQ(parse_size("1MB").value(), 1'000'000U);
  for (const char* bad : {"", "-1", "1 TB x", "KiB", "99999999999999999999"}) EXPECT_FALSE(parse_size(bad)) << bad;
}

TEST(Listen, TakesHostAndPort) {
  Settings::Server server;
  ASSERT_TRUE(parse_listen(server, "[::1]:0"));
  EXPECT_EQ(server.host, "::1");
  EXPECT_EQ(server.port, 0);
  EXPECT_EQ(listen_text(server), "[::1]:0");
  for (const char* bad : {"", "8080x", "127.0.0.1:", "127.0.0.1:70000", "[::1"})
    EXPECT_FALSE(parse_listen(server, bad)) << bad;
}

TEST_F(Config, CookieDomainIsADomain) {
  const auto load = [](const std::string& text) {
    return load_settings("", {{"POSTERN_PORTAL_COOKIE_DOMAIN", text}}, {});
  };
  for (const char* good : {"example.com", "a-b.example.co.uk", "EXAMPLE.com", "127.example"}) {
    EXPECT_TRUE(load(good)) << good;
  }
  EXPECT_EQ(load("EXAMPLE.com")->settings.portal.cookie_domain, "example.com");
  for (const char* bad : {"com", ".example.com", "example.com.", "exa mple.com", "example..com", "-a.com", "a-.com",
                          "a.com; Path=/", "a.com\r\n", "https://example.com", "example.com:80"}) {
    EXPECT_FALSE(load(bad)) << bad;
  }
}

TEST_F(Config, LinksLastADayAtMost) {
  EXPECT_TRUE(load_settings("", {{"POSTERN_PORTAL_LINK_LIFETIME", "24h"}}, {}));
  EXPECT_FALSE(load_settings("", {{"POSTERN_PORTAL_LINK_LIFETIME", "25h"}}, {}));
  EXPECT_EQ(load_settings("", {}, {})->settings.portal.link_lifetime, std::chrono::hours{1});
}

}  // namespace
}  // namespace postern
