#include "support/vectors.h"
#include "wordpress/php_serialize.h"

#include <limits>

namespace postern::wordpress {
namespace {

namespace json = boost::json;

std::string string_of(const json::value& typed) {
  const json::object& object = typed.as_object();
  return object.contains("b64") ? decode_base64(object.at("b64").as_string()) : text_of(object.at("v"));
}

// The vectors' typed values: {"t": kind, "v": value}.
PhpValue value_of(const json::value& typed) {
  const std::string kind = text_of(typed.at("t"));
  if (kind == "b") return PhpValue{typed.at("v").as_bool()};
  if (kind == "i") return PhpValue{static_cast<std::int64_t>(std::stoll(text_of(typed.at("v"))))};
  if (kind == "s") return PhpValue{string_of(typed)};
  if (kind == "d") {
    const std::string text = text_of(typed.at("v"));
    if (text == "NAN") return PhpValue{std::numeric_limits<double>::quiet_NaN()};
    if (text == "INF") return PhpValue{std::numeric_limits<double>::infinity()};
    if (text == "-INF") return PhpValue{-std::numeric_limits<double>::infinity()};
    return PhpValue{std::stod(text)};
  }
  if (kind != "a") return PhpValue{PhpNull{}};
  PhpArray out;
  for (const json::value& pair : typed.at("v").as_array()) {
    const PhpValue key = value_of(pair.at(0));
    const std::string* name = key.if_string();
    out.entries.push_back({name != nullptr ? PhpKey(*name) : PhpKey(*key.if_integer()), value_of(pair.at(1))});
  }
  return PhpValue{std::move(out)};
}

TEST(PhpSerialize, AllVectors) {
  const json::array cases = vector_cases("php_serialize");
  EXPECT_EQ(cases.size(), 109U);
  for (const json::value& each : cases) {
    const PhpValue value = value_of(each.at("in"));
    const std::string want = text_of(each.at("out").at("serialize"));
    EXPECT_EQ(php_serialize(value), want);
    // A scalar is stored as its plain text, which nobody here needs; strings and arrays are.
    const json::value& stored = each.at("out").at("maybe_serialize");
    const std::string* text = value.if_string();
    if (text != nullptr || value.if_array() != nullptr) {
      EXPECT_EQ(text != nullptr ? maybe_serialize(*text) : php_serialize(value), text_of(stored)) << want;
    }
    const auto back = php_unserialize(want);
    ASSERT_TRUE(back) << want << ": " << back.error().message;
    EXPECT_EQ(php_serialize(*back), want);
  }
}

// What PHP reads and we refuse: references, and the escaped strings of a PHP that never was released.
bool is_refused_on_purpose(const std::string& text) {
  return text.find("R:2;") != std::string::npos || text.starts_with("S:");
}

TEST(PhpUnserialize, AllVectors) {
  const json::array cases = vector_cases("php_unserialize");
  EXPECT_EQ(cases.size(), 225U);
  for (const json::value& each : cases) {
    const std::string text = text_of(each.at("in"));
    const json::value& out = each.at("out");
    EXPECT_EQ(is_serialized(text, true), out.at("is_serialized").as_bool()) << text;
    EXPECT_EQ(is_serialized(text, false), out.at("is_serialized_nonstrict").as_bool()) << text;
    const std::size_t begin = std::min(text.find_first_not_of(" \t\n\r"), text.size());
    const auto read = php_unserialize(std::string_view(text).substr(begin));
    const json::value& want = out.at("unserialize_trimmed");
    if (want.is_string() || is_refused_on_purpose(text)) {
      ASSERT_FALSE(read) << text;
      EXPECT_EQ(read.error().code, Errc::invalid) << text;
      continue;
    }
    ASSERT_TRUE(read) << text << ": " << read.error().message;
    if (json::serialize(want).find(R"("t":"O")") == std::string::npos) {
      EXPECT_EQ(*read, value_of(want)) << text;
    } else {
      EXPECT_EQ(php_serialize(*read), text) << "an object is kept as it is";
    }
  }
}

TEST(PhpUnserialize, SaysWhereTheDamageIsAndNothingOfTheValue) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"(a:1:{s:3:"key";s:9:"secret";})", "byte 20: the string that begins here is not 9 bytes long, as it says"},
      {R"(s:90:"secret";)", "byte 2: more is announced than follows"},
      {R"(s:9:"secret";)", "byte 5: a string of 9 bytes is announced, but only 8 follow"},
      {R"(a:2:{i:0;i:1;})", "byte 13: a key is an integer or a string"},
      {R"(a:1:{d:0.5;i:1;})", "byte 5: a key is an integer or a string"},
      {R"(a:1:{i:0;i:1;)", "byte 13: it ends here"},
      {R"(i:secret;)", "byte 2: this is no integer"},
      {R"(b:2;)", "byte 2: a truth value is 0 or 1"},
      {R"(a:2:{i:0;i:7;i:1;R:2;})", "byte 17: references are not read"},
      {"secret", "byte 0: no value begins here"},
  };
  for (const auto& [text, want] : cases) {
    const auto read = php_unserialize(text);
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().message, testing::HasSubstr(want)) << text;
    EXPECT_THAT(read.error().message, testing::Not(testing::HasSubstr("secret"))) << text;
  }
}

TEST(PhpUnserialize, IsBounded) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "a:1:{i:0;";
  EXPECT_EQ(php_unserialize(deep).error().code, Errc::too_large);
  EXPECT_EQ(php_unserialize("a:3:{i:0;N;i:1;N;i:2;N;}", {.values = 3}).error().code, Errc::too_large);
  EXPECT_TRUE(php_unserialize("a:3:{i:0;N;i:1;N;i:2;N;}", {.values = 4}));
  EXPECT_EQ(php_unserialize("s:6:\"secret\";", {.text_bytes = 12}).error().code, Errc::too_large);
  for (const char* huge : {"a:9999999999999999999:{}", "s:18446744073709551615:\"a\";", "O:1:\"A\":99999:{}"}) {
    EXPECT_EQ(php_unserialize(huge).error().code, Errc::invalid) << huge;
  }
}

TEST(PhpUnserialize, KeepsObjectsAsTheyAre) {
  const std::string text = R"(a:2:{s:1:"o";O:8:"stdClass":1:{s:1:"a";C:3:"Foo":3:{}";}}s:1:"n";i:1;})";
  const auto read = php_unserialize(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(php_serialize(*read), text);
  const auto* object = std::get_if<PhpObject>(&read->find("o")->data);
  ASSERT_NE(object, nullptr);
  EXPECT_EQ(object->class_name, "stdClass");
}

TEST(PhpValue, AWebhooksCountGoesToItsPlace) {
  // What the plugin does to a webhook's row after a run; the text is a recorded one.
  auto webhook = php_unserialize(
      R"(a:6:{s:5:"title";s:5:"plain";s:10:"course_ids";a:0:{}s:9:"space_ids";a:1:{i:0;i:3;}s:17:"remove_course_ids";a:0:{}s:16:"remove_space_ids";a:0:{}s:21:"send_wp_welcome_email";s:2:"no";})");
  ASSERT_TRUE(webhook);
  set_entry(*webhook, "running_count", PhpValue{std::int64_t{1}});
  EXPECT_TRUE(php_serialize(*webhook).ends_with(R"(s:2:"no";s:13:"running_count";i:1;})"));
  set_entry(*webhook, "space_ids", php_list({4, 5}));
  EXPECT_EQ(php_serialize(*webhook->find("space_ids")), "a:2:{i:0;i:4;i:1;i:5;}");
  set_entry(*webhook, "running_count", PhpValue{std::int64_t{2}});
  EXPECT_TRUE(php_serialize(*webhook).ends_with(R"(s:13:"running_count";i:2;})"));
  EXPECT_EQ(webhook->find("none"), nullptr);
}

TEST(PhpValue, KeysThatAreIntegers) {
  EXPECT_EQ(php_key("5"), PhpKey(std::int64_t{5}));
  EXPECT_EQ(php_key("-9223372036854775808"), PhpKey(std::numeric_limits<std::int64_t>::min()));
  for (const char* text : {"", "05", "-0", "+1", " 1", "1.5", "9223372036854775808", "5x"}) {
    EXPECT_EQ(php_key(text), PhpKey(std::string(text))) << text;
  }
}

}  // namespace
}  // namespace postern::wordpress
