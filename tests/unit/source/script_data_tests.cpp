// The body of a request as scripts see it.
#include "source/script_data.h"

#include <gtest/gtest.h>

namespace postern {
namespace {

constexpr std::string_view kForm = "application/x-www-form-urlencoded";
constexpr std::string_view kJson = "application/json";

std::string json_of(std::string_view type, std::string_view body) {
  return script_data(type, body, {}).json;
}

TEST(ScriptData, JsonStaysAsItIsButForSecrets) {
  EXPECT_EQ(json_of(kJson, R"({"a":{"b":[1,null,2.5]},"token":"x","user":{"password":"y"}})"),
            R"({"a":{"b":[1,null,2.5E0]},"token":"[redacted]","user":{"password":"[redacted]"}})");
}

TEST(ScriptData, FormsNestAsInPhp) {
  EXPECT_EQ(json_of(kForm, "a=1&a=2&t%5B%5D=x&t%5B%5D=y&o%5Bp%5D%5Bq%5D=z"),
            R"({"a":"2","t":["x","y"],"o":{"p":{"q":"z"}}})");
  for (const char* odd : {"a%5B=1", "%5Ba%5D=1", "a%5Bb=1", "a%5Bb%5Dc=1"}) {
    EXPECT_EQ(json_of(kForm, odd).substr(0, 4), odd[0] == 'a' ? "{\"a[" : "{\"[a") << odd;
  }
  // A list that becomes an object, and the other way round: the last one counts, nothing breaks.
  EXPECT_EQ(json_of(kForm, "a%5B%5D=1&a%5Bb%5D=2"), R"({"a":{"b":"2"}})");
  EXPECT_EQ(json_of(kForm, "a%5Bb%5D=2&a=1&a%5B%5D=3"), R"({"a":["3"]})");
}

TEST(ScriptData, DeepNestingIsOneName) {
  std::string name = "a";
  for (int i = 0; i < 1000; ++i) name += "%5Bb%5D";
  EXPECT_EQ(json_of(kForm, name + "=1").substr(0, 9), "{\"a[b][b]");
}

TEST(ScriptData, MultipartFilesAreLeftOut) {
  const std::string body =
      "--x\r\nContent-Disposition: form-data; name=\"plan\"\r\n\r\ngold\r\n"
      "--x\r\nContent-Disposition: form-data; name=\"cv\"; filename=\"a.pdf\"\r\n\r\nPDF\r\n--x--\r\n";
  EXPECT_EQ(json_of("multipart/form-data; boundary=x", body), R"({"plan":"gold"})");
}

TEST(ScriptData, WhatCannotBeReadIsEmpty) {
  EXPECT_EQ(json_of(kJson, "[1]"), "{}");
  EXPECT_EQ(json_of(kJson, "{"), "{}");
  EXPECT_EQ(json_of("text/plain", "email=a"), "{}");
  EXPECT_EQ(json_of("multipart/form-data; boundary=x", "nothing"), "{}");
  EXPECT_EQ(json_of(kForm, "a=\xff"), "{\"a\":\"\xEF\xBF\xBD\"}");
}

TEST(ScriptData, SecretsAreKeptForComparingButNotPasswords) {
  for (const auto& [type, body] : {std::pair(kForm, "API_Token=t&user_pass=p&pwd=p&plan=gold"),
                                   std::pair(kJson, R"({"API_Token":"t","user_pass":"p","pwd":"p","plan":"gold"})")}) {
    const ScriptData data = script_data(type, body, {});
    ASSERT_EQ(data.secrets.size(), 1U) << type;
    EXPECT_EQ(data.secrets[0].first, "api_token");
    EXPECT_EQ(data.secrets[0].second.reveal(), "t");
  }
}

}  // namespace
}  // namespace postern
