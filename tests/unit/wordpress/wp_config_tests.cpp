#include "support/vectors.h"
#include "wordpress/wp_config.h"

namespace postern::wordpress {
namespace {

namespace json = boost::json;

ConfigPlace place_with(std::map<std::string, std::string> environment = {}) {
  return {.directory = "/srv/site",
          .abspath = "/srv/site/",
          .environment = [environment = std::move(environment)](const std::string& name) {
            const auto it = environment.find(name);
            return it == environment.end() ? std::nullopt : std::optional(it->second);
          }};
}

WpConfig read_sample(const std::string& name, std::map<std::string, std::string> environment = {}) {
  const auto read = read_wp_config(read_file(std::string(POSTERN_TEST_DATA) + "/wordpress/configs/" + name + ".php"),
                                   place_with(std::move(environment)));
  EXPECT_TRUE(read) << name << ": " << read.error().message;
  return read ? *read : WpConfig();
}

WpConfig read_text(const std::string& text) {
  const auto read = read_wp_config(text, place_with());
  EXPECT_TRUE(read) << text << ": " << read.error().message;
  return read ? *read : WpConfig();
}

// "NAME:line reason", the required ones with '!' in front.
std::vector<std::string> faults_of(const WpConfig& config) {
  std::vector<std::string> out;
  for (const ConfigFault& fault : config.faults) {
    out.push_back((fault.required ? "!" : "") + fault.name + ":" + std::to_string(fault.line) + " " + fault.reason);
  }
  return out;
}

std::string password_of(const WpConfig& config) {
  return std::string(config.db_password ? config.db_password->reveal() : "<none>");
}

std::string constant_text(const json::value& value) {
  return value.is_int64() ? std::to_string(value.as_int64()) : text_of(value);
}

// Each is either read as PHP reads it, or not at all: never as something else.
TEST(WpConfig, AllVectors) {
  const json::array cases = vector_cases("wp_config");
  EXPECT_EQ(cases.size(), 35U);
  for (const json::value& each : cases) {
    const json::object& in = each.at("in").as_object();
    const std::string name = text_of(in.at("name"));
    std::map<std::string, std::string> environment;
    if (const json::value* set = in.if_contains("env")) {
      for (const auto& [key, value] : set->as_object()) environment.emplace(key, text_of(value));
    }
    const auto read = read_wp_config(text_of(in.at("config")), place_with(environment));
    ASSERT_TRUE(read) << name << ": " << read.error().message;
    const json::object& want = each.at("out").at("constants").as_object();
    // A default that counts unless the environment of the web server says otherwise is not known here.
    const bool resolvable = each.at("out").at("statically_resolvable").as_bool() && name != "getenv plain";
    EXPECT_EQ(read->is_usable(), resolvable) << name << ": " << testing::PrintToString(faults_of(*read));
    const std::map<std::string, std::optional<std::string>> got = {
        {"DB_NAME", read->db_name},
        {"DB_USER", read->db_user},
        {"DB_PASSWORD", read->db_password ? std::optional(password_of(*read)) : std::nullopt},
        {"DB_HOST", read->db_host},
        {"DB_CHARSET", read->db_charset},
        {"DB_COLLATE", read->db_collate},
        {"DOMAIN_CURRENT_SITE", read->network_domain}};
    for (const auto& [constant, value] : got) {
      const json::value* expected = want.if_contains(constant);
      if (value) {
        ASSERT_NE(expected, nullptr) << name << " " << constant;
        EXPECT_EQ(*value, constant_text(*expected)) << name << " " << constant;
      } else if (resolvable) {
        EXPECT_EQ(expected, nullptr) << name << " " << constant;
      }
    }
    if (read->table_prefix) {
      EXPECT_EQ(*read->table_prefix, text_of(each.at("out").at("table_prefix"))) << name;
    }
    EXPECT_EQ(read->multisite, want.contains("MULTISITE")) << name;
  }
}

TEST(WpConfig, Plain) {
  const WpConfig config = read_sample("plain");
  EXPECT_TRUE(config.is_usable());
  EXPECT_TRUE(config.faults.empty()) << testing::PrintToString(faults_of(config));
  EXPECT_EQ(config.db_name, "site_db");
  EXPECT_EQ(config.db_user, "site_user");
  EXPECT_EQ(password_of(config), "it's a \"secret\" \\ $word");
  EXPECT_EQ(config.db_host, "localhost:/run/mysqld/mysqld.sock");
  EXPECT_EQ(config.db_collate, "");
  EXPECT_EQ(config.table_prefix, "wp7_");
  EXPECT_TRUE(config.db_tls);
  EXPECT_EQ(config.home, "https://community.example.com");
  EXPECT_EQ(config.content_dir, "/srv/site/content");
  EXPECT_EQ(config.portal_slug, "club");
  EXPECT_EQ(config.site_url, std::nullopt) << "it is defined behind wp-settings.php";
  EXPECT_EQ(config.keys.size(), 8U);
  EXPECT_EQ(config.keys.at("AUTH_KEY").reveal(), "k1 $a{b}");
}

TEST(WpConfig, WindowsLineEndsAndAByteOrderMark) {
  const WpConfig config = read_sample("windows");
  EXPECT_TRUE(config.faults.empty()) << testing::PrintToString(faults_of(config));
  EXPECT_EQ(config.db_name, "win_db");
  EXPECT_EQ(config.db_user, "win_user");
  EXPECT_EQ(password_of(config), "line one\r\nline two");
  EXPECT_EQ(config.db_host, "127.0.0.1:3307");
}

TEST(WpConfig, HeredocsEscapesAndConstants) {
  const WpConfig config = read_sample("heredocs");
  EXPECT_TRUE(config.faults.empty()) << testing::PrintToString(faults_of(config));
  EXPECT_EQ(config.db_name, "site_db");
  EXPECT_EQ(config.db_user, "user\\x5f");
  EXPECT_EQ(password_of(config), "pä$$w");
  EXPECT_EQ(config.db_host, "db.example.com:3307");
  EXPECT_EQ(config.table_prefix, "wp_");
  EXPECT_EQ(config.home, "https://one.example.com");
  EXPECT_EQ(config.site_url, "https://two.example.com");
}

TEST(WpConfig, AContainersEnvironmentIsNamed) {
  const WpConfig config =
      read_sample("container", {{"WORDPRESS_DB_NAME", "site"}, {"WORDPRESS_DB_USER_FILE", "/run/secrets/user"}});
  EXPECT_FALSE(config.is_usable());
  EXPECT_EQ(config.db_name, "site");
  const std::string unset = ", which is not set for Postern";
  EXPECT_THAT(faults_of(config),
              testing::ElementsAre(
                  "!DB_USER:17 is read from the file that the environment variable 'WORDPRESS_DB_USER_FILE' names",
                  "!DB_PASSWORD:18 is read from the environment variable 'WORDPRESS_DB_PASSWORD'" + unset,
                  "!DB_HOST:19 is read from the environment variable 'WORDPRESS_DB_HOST'" + unset,
                  "!$table_prefix:23 is read from the environment variable 'WORDPRESS_TABLE_PREFIX'" + unset,
                  "DB_CHARSET:20 is read from the environment variable 'WORDPRESS_DB_CHARSET'" + unset,
                  "DB_COLLATE:21 is read from the environment variable 'WORDPRESS_DB_COLLATE'" + unset));
  ASSERT_EQ(config.includes.size(), 1U);
  EXPECT_EQ(config.includes[0].what, "code that eval() runs");
  EXPECT_EQ(config.includes[0].line, 29U);
}

TEST(WpConfig, WhatIsIncludedIsNamed) {
  const WpConfig config = read_sample("bedrock");
  EXPECT_FALSE(config.is_usable());
  ASSERT_EQ(config.includes.size(), 2U);
  EXPECT_EQ(config.includes[1].what, "/config/application.php");
  ASSERT_EQ(config.faults.size(), 5U);
  EXPECT_EQ(faults_of(config)[0],
            "!DB_NAME:0 is not defined in this file; perhaps in what it includes and Postern does not read "
            "(/vendor/autoload.php, line 7)");
}

TEST(WpConfig, WhatIsComputedIsNamed) {
  const WpConfig config = read_sample("application");
  EXPECT_THAT(faults_of(config),
              testing::ElementsAre(
                  testing::StartsWith("!DB_NAME:0 is not defined in this file; perhaps"),
                  "!DB_USER:8 is read by env() from 'DB_USER' in the environment or in a file '.env'",
                  "!DB_PASSWORD:9 is read from the environment variable 'DB_PASSWORD', which is not set for Postern",
                  "!DB_HOST:10 is read from the environment variable 'DB_HOST', which is not set for Postern",
                  "!$table_prefix:12 is read by env() from 'DB_PREFIX' in the environment or in a file '.env'",
                  "WP_CONTENT_DIR:11 is taken from a variable"));
  ASSERT_EQ(config.includes.size(), 1U);
  EXPECT_EQ(config.includes[0].what, "a define() of a name that is computed");
}

TEST(WpConfig, WhatDependsOnAConditionIsNotGuessed) {
  const WpConfig config = read_sample("conditions");
  EXPECT_THAT(
      faults_of(config),
      testing::ElementsAre("!DB_NAME:5 is defined under a condition", "!DB_USER:9 is defined under a condition",
                           "!DB_PASSWORD:14 is defined under a condition", "!DB_HOST:15 depends on the request",
                           "!$table_prefix:17 is set under a condition", "WP_SITEURL:19 is defined under a condition",
                           "CUSTOM_USER_TABLE:22 is defined under a condition"));
}

TEST(WpConfig, Expressions) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"'a' . \"b\" . 3 . true . null", "ab31"},
      {"( 'a' . ( 'b' ) )", "ab"},
      {"(string) 0x1F", "31"},
      {"017 . '' . 0b11 . 1_000", "1531000"},
      {"null ?? 'b'", "b"},
      {"'' ?: 'b'", "b"},
      {"'0' ? : 'b'", "b"},
      {"'a' ?: nonsense()", "a"},
      {"dirname(__FILE__) . DIRECTORY_SEPARATOR . 'x'", "/srv/site/x"},
      {"dirname(__DIR__)", "/srv"},
      {"`id`", "!is a text with variables in it"},
      {"\"a{$b}\"", "!is a text with variables in it"},
      {"\"a\\{$b}\"", "!is a text with variables in it"},
      {"strrev('terces')", "!is the result of strrev()"},
      {"$x", "!is taken from a variable"},
      {"A::B", "!is a computed value"},
      {"UNKNOWN", "!is made of a constant that is not defined before"},
      {"5 + 5", "!is a computed value"},
      {"$a ? 'b' : 'c'", "!depends on a condition"},
      {"'a' ? 'b' : 'c'", "!depends on a condition"},
      {"['a']", "!is a computed value"},
      {"true", "!is neither a text nor a number"},
      {"1.5", "!is neither a text nor a number"},
      {"", "!is a computed value"},
      {std::string(5000, '(') + "'a'" + std::string(5000, ')'), "!is a computed value"},
  };
  for (const auto& [expression, want] : cases) {
    const WpConfig config = read_text("<?php define('DB_NAME', " + expression + "); define('DB_USER', 'next');");
    const std::string got = config.db_name ? *config.db_name : "!" + config.faults.at(0).reason;
    EXPECT_EQ(got, want) << expression.substr(0, 80);
    EXPECT_EQ(config.db_user, "next") << expression.substr(0, 80);
  }
}

TEST(WpConfig, Statements) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"define('DB_NAME', 'a'); if (!defined('DB_NAME')) define('DB_NAME', 'b');", "a"},
      {"if (!defined('OTHER')) { define('DB_NAME', 'a'); } else { define('DB_NAME', 'b'); }", "a"},
      {"define('X', 1); if (!defined('X')) { define('DB_NAME', 'a'); } else { define('DB_NAME', 'b'); }", "b"},
      {"define('X', 1); if (defined('X')) { define('DB_NAME', 'a'); } elseif ($y) { define('DB_NAME', 'b'); }", "a"},
      {"if ($y) { ; } elseif (!defined('X')) { define('DB_NAME', 'b'); }", "!is defined under a condition"},
      {"if (!defined('WP_CLI')) { define('DB_NAME', 'a'); }", "!is defined under a condition"},
      {"if (!defined('X') && $y) { define('DB_NAME', 'a'); }", "!is defined under a condition"},
      {"defined('X') || define('DB_NAME', 'a');", "!is defined under a condition"},
      {"defined('DB_NAME') || define('DB_NAME', 'a');", "a"},
      {"$y && define('DB_NAME', 'a');", "!is defined under a condition"},
      {"if ($y): define('DB_NAME', 'a'); else: define('DB_NAME', 'b'); endif;", "!is defined under a condition"},
      {"while ($y) define('DB_NAME', 'a');", "!is defined under a condition"},
      {"function f() { define('DB_NAME', 'a'); } define('DB_NAME', 'b');", "b"},
      {"abstract class C { const DB_NAME = 'a'; function define() {} } define('DB_NAME', 'b');", "b"},
      {"{ { define('DB_NAME', 'a'); } }", "a"},
      {"return; define('DB_NAME', 'a');", "!is not defined in this file"},
      {"exit(); define('DB_NAME', 'a');", "!is not defined in this file"},
      {"new define('DB_NAME', 'a');", "!is not defined in this file"},
      {"\\DEFINE('DB_NAME', 'a', true);", "a"},
      {"/* define('DB_NAME', 'a'); */ define('db_name', 'b');", "!is not defined in this file"},
      {"define('DB_NAME', 'a') ?> define('DB_NAME', 'b'); <?= define('DB_USER', 'c');", "a"},
      {"} } define('DB_NAME', 'a');", "a"},
      {"define('DB_NAME'", "!is not defined in this file"},
      {"define('DB_NAME', 'a'", "a"},
      {"const DB_NAME = 'a', DB_USER = f(), DB_HOST = 'c';", "a"},
  };
  for (const auto& [text, want] : cases) {
    const WpConfig config = read_text("<?php " + text);
    EXPECT_EQ(config.db_name ? *config.db_name : "!" + config.faults.at(0).reason, want) << text;
  }
}

TEST(WpConfig, APrefixThatWordPressRefuses) {
  for (const char* prefix : {"wp-", "wp_; DROP TABLE x", "wp`", "пр_", "wp_ "}) {
    const WpConfig config = read_text(std::string("<?php $table_prefix = '") + prefix + "';");
    EXPECT_EQ(config.table_prefix, std::nullopt) << prefix;
    EXPECT_THAT(faults_of(config), testing::Contains(testing::StartsWith("!$table_prefix:1 holds something else")));
  }
  EXPECT_FALSE(is_table_prefix(std::string(41, 'a')));
}

TEST(WpConfig, WhatIsNoPhpIsRefused) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "no '<?php'"},
      {"define('DB_NAME', 'a');", "no '<?php'"},
      {"<?php\n\ndefine('DB_NAME', 'secret);", "a text that begins on line 3 does not end"},
      {"<?php\n/* secret", "a comment that begins on line 2 does not end"},
      {"<?php\n$x = <<<EOT\nsecret", "a heredoc that begins on line 2 does not end"},
      {"<?php " + std::string(100'000, '{'), "too deep in one another"},
      {"<?php " + std::string(1'100'000, ' '), "larger than 1 MiB"},
  };
  for (const auto& [text, want] : cases) {
    const auto read = read_wp_config(text, place_with());
    ASSERT_FALSE(read) << text.substr(0, 80);
    EXPECT_THAT(read.error().message, testing::HasSubstr(want));
    EXPECT_THAT(read.error().message + read.error().detail, testing::Not(testing::HasSubstr("secret")));
  }
}

}  // namespace
}  // namespace postern::wordpress
