#include "base/json_writer.h"
#include "base/utf8.h"

namespace postern {
namespace {

TEST(Utf8, Sanitizes) {
  const std::pair<std::string, std::string> cases[] = {
      {"Zo\xc3\xab", "Zo\xc3\xab"},
      {"\xff\xfex", "\xef\xbf\xbd\xef\xbf\xbdx"},
      {"\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd"},                                  // Overlong.
      {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},                  // A surrogate.
      {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},  // Above U+10FFFF.
      {"\xe2\x82", "\xef\xbf\xbd"},                                              // Cut off: one maximal subpart.
      {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
      {"\xe2\x82"
       "A",
       "\xef\xbf\xbd"
       "A"},
  };
  for (const auto& [in, want] : cases) {
    EXPECT_EQ(utf8::sanitized(in), want);
    EXPECT_EQ(utf8::is_valid(in), in == want);
    EXPECT_TRUE(utf8::is_valid(utf8::sanitized(in)));
  }
}

TEST(Utf8, CutsBetweenCodePoints) {
  EXPECT_EQ(utf8::cut("a\xc3\xab", 2), "a");
  EXPECT_EQ(utf8::cut("a\xc3\xab", 3), "a\xc3\xab");
  EXPECT_EQ(utf8::cut("\xf0\x9f\x98\x80", 3), "");
}

TEST(Utf8, Counts) {
  EXPECT_EQ(utf8::count("a\xc3\xab\xf0\x9f\x98\x80"), 3U);
  EXPECT_EQ(utf8::count(""), 0U);
}

// Eight bytes are looked at together; what is wrong is found wherever it stands.
TEST(Utf8, FindsABadByteAtEveryPlace) {
  for (std::size_t length = 1; length < 20; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      std::string text(length, 'a');
      EXPECT_TRUE(utf8::is_valid(text));
      text[at] = '\xff';
      EXPECT_FALSE(utf8::is_valid(text)) << length << " " << at;
      text.replace(at, 1, "\xc3\xab");
      EXPECT_TRUE(utf8::is_valid(text)) << length << " " << at;
    }
  }
}

std::string written(std::string_view text, JsonWriter::Style style) {
  std::string out;
  JsonWriter(out, style).string(text);
  return out;
}

TEST(JsonWriter, EscapesPlain) {
  EXPECT_EQ(written("a/b \"c\" \\ \n \x01 \xc3\xab \xff", JsonWriter::Style::plain),
            "\"a/b \\\"c\\\" \\\\ \\n \\u0001 \xc3\xab \xef\xbf\xbd\"");
}

TEST(JsonWriter, EscapesLikePhp) {
  EXPECT_EQ(written("a/b \xc3\xab \xf0\x9f\x98\x80", JsonWriter::Style::php), "\"a\\/b \\u00eb \\ud83d\\ude00\"");
}

TEST(JsonWriter, Nests) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("a");
  json.integer(-1);
  json.key("b");
  json.begin_array();
  json.boolean(true);
  json.null();
  json.begin_object();
  json.end_object();
  json.end_array();
  json.key("c");
  json.string("");
  json.any_key("d\"/");
  json.integer(0);
  json.end_object();
  EXPECT_EQ(out, R"({"a":-1,"b":[true,null,{}],"c":"","d\"/":0})");
}

}  // namespace
}  // namespace postern
