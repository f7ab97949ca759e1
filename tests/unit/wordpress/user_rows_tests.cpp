#include "support/vectors.h"
#include "wordpress/php_serialize.h"
#include "wordpress/user_rows.h"

#include <algorithm>
#include <map>
#include <set>

namespace postern::wordpress {
namespace {

namespace json = boost::json;

constexpr WallTime kNow{std::chrono::milliseconds(1'795'423'005'987)};
constexpr std::string_view kNowText = "2026-11-23 08:36:45";

const std::map<std::string, int> kLevels{{"administrator", 10}, {"editor", 7},     {"author", 2},
                                         {"contributor", 1},    {"subscriber", 0}, {"", 0}};

std::string member(const json::object& object, const char* key) {
  const json::value* found = object.if_contains(key);
  return found == nullptr ? "" : text_of(*found);
}

void expect_same(const UserRows& got, const json::object& want, const std::string& name) {
  const json::object& user = want.at("user").as_object();
  EXPECT_EQ(got.user.user_login, member(user, "user_login")) << name;
  EXPECT_EQ(got.user.user_nicename, member(user, "user_nicename")) << name;
  EXPECT_EQ(got.user.user_email, member(user, "user_email")) << name;
  EXPECT_EQ(got.user.user_url, member(user, "user_url")) << name;
  EXPECT_EQ(got.user.user_activation_key, member(user, "user_activation_key")) << name;
  EXPECT_EQ(got.user.display_name, member(user, "display_name")) << name;
  EXPECT_EQ(got.user.user_registered, kNowText) << name;
  const json::array& meta = want.at("meta").as_array();
  ASSERT_EQ(got.meta.size(), meta.size()) << name;
  for (std::size_t i = 0; i < meta.size(); ++i) {
    EXPECT_EQ(got.meta[i].first, text_of(meta[i].at(0))) << name;
    EXPECT_EQ(got.meta[i].second, text_of(meta[i].at(1))) << name << " " << got.meta[i].first;
  }
}

// What the functions here do not have: fields that no delivery brings, and what only the database knows.
bool is_beyond(const json::object& in, const json::object& out) {
  static const std::set<std::string> known{"user_login", "user_email", "first_name", "last_name", "role"};
  for (const auto& [key, value] : in.at("userdata").as_object()) {
    if (!known.contains(std::string(key))) return true;
  }
  const json::value* error = out.if_contains("error");
  if (error == nullptr) return false;
  const std::string code = text_of(error->at("code"));
  return code == "existing_user_login" || code == "existing_user_email" || code == "invalid_username";
}

// The nicename that is free among those of the users who are there, as a database would find it.
std::string free_nicename(const json::object& in, const std::string& login) {
  std::set<std::string> taken;
  const json::value* existing = in.if_contains("existing");
  for (const json::value& each : existing == nullptr ? json::array() : existing->as_array()) {
    const std::string other = stored_login(text_of(each.at("user_login")), false);
    unsigned n = 1;
    while (taken.contains(nicename_candidate(other, n))) ++n;
    taken.insert(nicename_candidate(other, n));
  }
  taken.insert("admin");
  unsigned n = 1;
  while (taken.contains(nicename_candidate(login, n))) ++n;
  return nicename_candidate(login, n);
}

std::variant<UserRows, UserRefusal> rows_of(const json::object& in, WpVersion version) {
  const json::object& data = in.at("userdata").as_object();
  const NewSiteUser user{.login = member(data, "user_login"),
                         .email = member(data, "user_email"),
                         .first_name = member(data, "first_name"),
                         .last_name = member(data, "last_name"),
                         .password_hash = "$P$x",
                         .registered = kNow};
  // The option counts where no role is given.
  std::string role = member(data, "role");
  const json::value* options = in.if_contains("options");
  if (!data.contains("role")) role = options != nullptr ? member(options->as_object(), "default_role") : "subscriber";
  const SiteRules site{.version = version,
                       .table_prefix = "wp_",
                       .role = role,
                       .user_level = kLevels.contains(role) ? kLevels.at(role) : 0};
  return make_user_rows(site, user, free_nicename(in, stored_login(user.login, false)));
}

void check(const json::object& in, const json::object& want, WpVersion version) {
  const std::string name = json::serialize(in);
  const auto got = rows_of(in, version);
  if (const json::value* error = want.if_contains("error")) {
    ASSERT_TRUE(std::holds_alternative<UserRefusal>(got)) << name;
    EXPECT_EQ(std::get<UserRefusal>(got).code, text_of(error->at("code"))) << name;
    EXPECT_EQ(std::get<UserRefusal>(got).message, text_of(error->at("message"))) << name;
  } else if (want.at("user").is_null()) {
    ASSERT_TRUE(std::holds_alternative<UserRefusal>(got)) << name;
    EXPECT_EQ(std::get<UserRefusal>(got).code, "insert_refused") << name;
  } else {
    ASSERT_TRUE(std::holds_alternative<UserRows>(got)) << name;
    expect_same(std::get<UserRows>(got), want, name);
  }
}

TEST(UserRows, AllVectors) {
  const json::array cases = vector_cases("wp_insert_user");
  EXPECT_EQ(cases.size(), 130U);
  std::size_t beyond = 0;
  for (const json::value& each : cases) {
    const json::object& in = each.at("in").as_object();
    if (is_beyond(in, each.at("out").as_object())) {
      ++beyond;
      continue;
    }
    check(in, each.at("out").as_object(), {7, 1});
    // Of older versions the refusals; the meta rows of each version have a file of their own.
    const json::value* older = each.as_object().if_contains("diff");
    for (const auto& [version, want] : older == nullptr ? json::object() : older->as_object()) {
      if (want.as_object().contains("user") && want.at("user").is_object())
        check(in, want.as_object(), *parse_version(std::string_view(version.data(), version.size())));
    }
  }
  EXPECT_EQ(beyond, 25U);
}

TEST(UserRows, EachVersionHasItsOwnMeta) {
  const json::array cases = vector_cases("wp_user_rows_by_version");
  EXPECT_EQ(cases.size(), 6U);
  for (const json::value& each : cases) {
    const auto version = parse_version(text_of(each.at("in").at("wp_version")));
    ASSERT_TRUE(version);
    const json::object in{{"userdata", {{"user_login", "john"}, {"user_email", "john@example.com"}}}};
    check(in, each.at("out").as_object(), *version);
  }
}

// The rows that the real plugin left, recorded on WordPress 7.1.
TEST(UserRows, AsRecorded) {
  std::size_t compared = 0;
  for (const char* file : {"01-new-user", "02-user-login", "03-generated-username", "08-names-content"}) {
    const json::value cases = json::parse(read_file(std::string(POSTERN_TEST_DATA) + "/plugin/" + file + ".json"));
    for (const json::value& each : cases.as_array()) {
      const json::object* request =
          each.as_object().if_contains("request") == nullptr ? nullptr : each.at("request").if_object();
      const json::value* users =
          each.as_object().if_contains("db") == nullptr ? nullptr : each.at("db").as_object().if_contains("wp_users");
      if (request == nullptr || users == nullptr || !request->contains("fields")) continue;
      const std::string text = json::serialize(*request);
      if (text.find("base64:") != std::string::npos || text.find("(len ") != std::string::npos) continue;
      const json::object& row = users->at("insert").at(0).as_object();
      NewSiteUser user{.login = member(row, "user_login"),
                       .email = "",
                       .first_name = "",
                       .last_name = "",
                       .password_hash = "h",
                       .registered = kNow};
      for (const json::value& field : request->at("fields").as_array()) {
        const std::string name = text_of(field.at(0));
        if (name == "email") user.email = text_of(field.at(1));
        if (name == "first_name") user.first_name = text_of(field.at(1));
        if (name == "last_name") user.last_name = text_of(field.at(1));
      }
      const std::string id = text_of(each.at("id"));
      const SiteRules site{.version = {7, 1}, .table_prefix = "wp_"};
      const auto made = make_user_rows(site, user, nicename_candidate(user.login, 1));
      ASSERT_TRUE(std::holds_alternative<UserRows>(made)) << id;
      const UserRows& rows = std::get<UserRows>(made);
      EXPECT_EQ(rows.user.user_nicename, member(row, "user_nicename")) << id;
      EXPECT_EQ(rows.user.user_email, member(row, "user_email")) << id;
      EXPECT_EQ(rows.user.display_name, member(row, "display_name")) << id;
      for (const json::value& meta : each.at("db").at("wp_usermeta").at("insert").as_array()) {
        const bool is_short = meta.at(2).is_object();  // Twelve rows, of which three are told.
        for (const auto& [key, value] :
             is_short ? meta.at(2).as_object() : json::object{{text_of(meta.at(2)), meta.at(3)}}) {
          const auto found = std::find_if(rows.meta.begin(), rows.meta.end(), [&](const auto& pair) {
            return pair.first == std::string_view(key.data(), key.size());
          });
          ASSERT_NE(found, rows.meta.end()) << id << " " << std::string_view(key.data(), key.size());
          EXPECT_EQ(found->second, text_of(value)) << id << " " << found->first;
        }
      }
      ++compared;
    }
  }
  EXPECT_GE(compared, 60U);
}

TEST(UserRows, OnANetworkLoginsAreLowerCase) {
  EXPECT_EQ(stored_login("Ada.L", true), "ada.l");
  EXPECT_EQ(stored_login("Ada.L", false), "Ada.L");
}

TEST(UserRows, RolesOfTheSite) {
  // Of the recorded site; other capabilities are left out.
  const auto roles = php_unserialize(
      R"(a:3:{s:13:"administrator";a:1:{s:12:"capabilities";a:3:{s:14:"manage_options";b:1;s:8:"level_10";b:1;s:7:"level_9";b:1;}}s:6:"editor";a:1:{s:12:"capabilities";a:3:{s:7:"level_7";b:1;s:7:"level_8";b:0;s:7:"level_1";b:1;}}s:4:"boss";a:1:{s:12:"capabilities";a:1:{s:14:"manage_options";b:1;}}})");
  ASSERT_TRUE(roles);
  EXPECT_EQ(level_of(*roles, "administrator"), 10);
  EXPECT_EQ(level_of(*roles, "editor"), 7);
  EXPECT_EQ(level_of(*roles, "nobody"), 0);
  EXPECT_TRUE(is_powerful(*roles, "administrator"));
  EXPECT_TRUE(is_powerful(*roles, "boss"));
  EXPECT_FALSE(is_powerful(*roles, "editor"));
  EXPECT_TRUE(is_powerful(PhpValue{PhpNull()}, "administrator")) << "whatever the option says";
}

TEST(SiteVersion, FromTheBestThatThereIs) {
  using Rules = PasswordRules;
  const auto expect = [](const VersionEvidence& evidence, std::optional<WpVersion> version, Rules rules) {
    const SiteVersion found = find_version(evidence);
    EXPECT_EQ(found.version == version, true) << found.known_from;
    EXPECT_EQ(found.password_rules, rules) << found.known_from;
    EXPECT_EQ(found.known_from.empty(), !version.has_value());
  };
  const std::string file = "<?php\n/** The version. */\n$wp_version = '6.7.2';\n$wp_db_version = 58975;";
  expect({.version_file = file, .db_version = 61833}, WpVersion{6, 7}, Rules::before_6_8);
  expect({.block_css_files = R"(a:2:{s:7:"version";s:5:"6.8.1";s:5:"files";a:0:{}})", .db_version = 58975},
         WpVersion{6, 8}, Rules::since_6_8);
  expect({.update_core = R"(O:8:"stdClass":2:{s:7:"updates";a:0:{}s:15:"version_checked";s:3:"7.1";})"},
         WpVersion{7, 1}, Rules::since_6_8);
  expect({.db_version = 58975}, WpVersion{6, 7}, Rules::before_6_8);
  expect({.db_version = 58975, .has_new_hashes = true}, WpVersion{6, 7}, Rules::since_6_8);
  expect({.db_version = 60421}, WpVersion{6, 8}, Rules::since_6_8);
  expect({.db_version = 61833}, WpVersion{7, 0}, Rules::since_6_8);
  expect({.db_version = 61833, .has_infinite_scrolling = true}, WpVersion{7, 1}, Rules::since_6_8);
  expect({.version_file = "<?php $wp_version = f();", .db_version = 1}, std::nullopt, Rules::before_6_8);
  expect({.version_file = "<?php '", .block_css_files = "a:1:{", .update_core = "s:15:\"version_checked\";s:9"},
         std::nullopt, Rules::before_6_8);
}

TEST(SiteVersion, Parsed) {
  EXPECT_EQ(parse_version("6.10.2")->minor, 10);
  EXPECT_TRUE((*parse_version("6.10") > WpVersion{6, 9}));
  EXPECT_TRUE((*parse_version("7.2-alpha-59000") == WpVersion{7, 2}));
  for (const char* bad : {"", "7", "7.", ".1", "x.1", "-7.1", "7.-1"}) EXPECT_FALSE(parse_version(bad)) << bad;
}

}  // namespace
}  // namespace postern::wordpress
