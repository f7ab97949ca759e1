#include "config/toml_json.h"

namespace postern {
namespace {

TEST(TomlJson, EveryKindOfValueThatJsonHas) {
  const auto json = toml_to_json(
      "text = \"a\\\"b\"\nnumber = -5\nflag = true\nmixed = [\"eq\", 1, [false, \"x\"], {k = 1}]\n[table.inner]\nkey = "
      "'z'\n"
      "[[list]]\na = 1\n[[list]]\na = 2\n",
      "t");
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ(*json, R"({"flag":true,"list":[{"a":1},{"a":2}],"mixed":["eq",1,[false,"x"],{"k":1}],"number":-5,)"
                   R"("table":{"inner":{"key":"z"}},"text":"a\"b"})");
  EXPECT_EQ(*toml_to_json("", "t"), "{}");
}

TEST(TomlJson, ErrorsNameTheirPlace) {
  for (const auto& [text, says] : std::vector<std::pair<std::string, std::string>>{
           {"a = 1\nb = \n", "own.toml:2:"},
           {"a = 1\na = 2\n", "own.toml:2:"},
           {"a = [1, 2.5]\n", "own.toml:1:9: a date or a number with a fraction"},
           {"[t]\nd = 2026-03-01\n", "own.toml:2:5: a date or a number with a fraction"},
           {"a = \"\xff\"", "own.toml:1:"}}) {
    const auto json = toml_to_json(text, "own.toml");
    ASSERT_FALSE(json) << text;
    EXPECT_EQ(json.error().code, Errc::invalid);
    EXPECT_EQ(json.error().message.find(says), 0U) << json.error().message;
  }
}

}  // namespace
}  // namespace postern
