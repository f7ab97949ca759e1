// The small functions that every form goes through: decoding, names of secrets, the Content-Type.
#include "source/form_pairs.h"
#include "source/media_type.h"
#include "source/secret_names.h"
#include "source/urlencoded.h"
#include "support/percent.h"

namespace postern {
namespace {

TEST(FormDecode, DecodesEscapesAndLeavesBrokenOnesAsTheyAre) {
  struct Case {
    std::string_view text;
    std::string_view decoded;
  };
  const Case cases[] = {
      {"", ""},
      {"Ada Lovelace", "Ada Lovelace"},
      {"Ada+Lovelace", "Ada Lovelace"},
      {"+", " "},
      {"ada%40example.com", "ada@example.com"},
      {"%41%64%61", "Ada"},
      {"%c3%AB", "\xc3\xab"},
      {"%2B+%25", "+ %"},
      {"%2540", "%40"},
      {"%", "%"},
      {"a%", "a%"},
      {"%4", "%4"},
      {"a%4", "a%4"},
      {"%zz+%4z%z4%41", "%zz %4z%z4A"},
      {"%%41", "%A"},
      {"100%+sure", "100% sure"},
  };
  for (const Case& each : cases) EXPECT_EQ(form_decode(each.text), each.decoded) << each.text;
  EXPECT_EQ(form_decode("a%00b"), std::string("a\0b", 3));
}

TEST(EachPair, PairsComeInOrderUpToTheLimit) {
  for (const std::size_t limit : {2UL, 3UL}) {
    std::vector<std::pair<std::string, std::string>> pairs;
    const auto rejection =
        each_pair_within("a=1&&b%5B%5D=x+y&c", {.max_fields = limit},
                         [&](std::string_view name, std::string_view value) { pairs.emplace_back(name, value); });
    const std::vector<std::pair<std::string, std::string>> all{{"a", "1"}, {"b%5B%5D", "x+y"}, {"c", ""}};
    EXPECT_EQ(pairs, (std::vector(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(limit))));
    EXPECT_EQ(rejection.has_value(), limit == 2);
  }
}

// Names and values without anything to decode take a shorter way.
TEST(DecodeForm, ReadsEveryCharacterAlikeWrittenPlainOrEscaped) {
  for (int c = 0; c < 256; ++c) {
    const std::string character(1, static_cast<char>(c));
    if (std::string_view("&=%+").find(character) != std::string_view::npos) continue;
    for (const std::string& text : {character + "ab", "a" + character + "b"}) {
      const auto plain = decode_form("application/x-www-form-urlencoded", "", text + "=" + text, {});
      const auto other =
          decode_form("application/x-www-form-urlencoded", "", percent_encode(text) + "=" + percent_encode(text), {});
      ASSERT_EQ(plain.fields.size(), 1U) << c;
      ASSERT_EQ(other.fields.size(), 1U) << c;
      EXPECT_EQ(plain.fields[0].name, other.fields[0].name) << c;
      EXPECT_EQ(plain.fields[0].value, other.fields[0].value) << c;
      EXPECT_EQ(plain.fields[0].kind, other.fields[0].kind) << c;
    }
  }
}

TEST(SecretNames, AreFoundAnywhereInTheNameInEitherCase) {
  for (const std::string_view name :
       {"pass",         "password",    "user_pass", "USER_PASS",  "uPwD",           "secret",    "client_secret",
        "access-token", "TOKEN",       "api_key",   "apikey",     "Api-Key",        "x-api-key", "authorization",
        "auth_code",    "credit_card", "cardnum",   "CARD_NUM",   "card[number]",   "cvc",       "cvv2",
        "iban",         "ssn",         "ppass",     "papapi_key", "my_private_key", "tototoken"}) {
    EXPECT_TRUE(is_secret_name(name)) << name;
  }
  for (const std::string_view name :
       {"",       "p",    "pas",      "email", "first_name", "plan",    "order", "pas_s", "secre",    "toke", "api_ke",
        "author", "card", "card-num", "ss",    "iba",        "private", "cv",    "PAS",   "\xc3\xab", "@as",  "pws"}) {
    EXPECT_FALSE(is_secret_name(name)) << name;
  }
}

TEST(MediaType, IsReadInEitherCaseWithItsBoundary) {
  struct Case {
    std::string_view header;
    std::string_view essence;
    BodyFormat format;
    std::optional<std::string> boundary;
  };
  const Case cases[] = {
      {"application/x-www-form-urlencoded", "application/x-www-form-urlencoded", BodyFormat::urlencoded, {}},
      {" \tApplication/X-WWW-Form-URLEncoded; charset=UTF-8",
       "application/x-www-form-urlencoded",
       BodyFormat::urlencoded,
       {}},
      {"multipart/form-data; boundary=a/b;boundary=c", "multipart/form-data", BodyFormat::multipart, "a/b"},
      {"multipart/form-data ; x=y; BOUNDARY=\"a \\\"b\\\"\"", "multipart/form-data", BodyFormat::multipart, "a \"b\""},
      {"application/JSON;", "application/json", BodyFormat::json, {}},
      {"application/vnd.api+json", "application/vnd.api+json", BodyFormat::json, {}},
      {"text/xml", "text/xml", BodyFormat::unknown, {}},
      {"", "", BodyFormat::unknown, {}},
      {"application", "", BodyFormat::unknown, {}},
      {"application/", "", BodyFormat::unknown, {}},
      {"/json", "", BodyFormat::unknown, {}},
      {"application/json; charset", "", BodyFormat::unknown, {}},
      {"application/json; =x", "", BodyFormat::unknown, {}},
      {"application/json, text/xml", "", BodyFormat::unknown, {}},
      {"multipart/form-data; boundary=\"open", "", BodyFormat::unknown, {}},
  };
  for (const Case& each : cases) {
    const MediaType type = parse_media_type(each.header);
    EXPECT_EQ(type.essence, each.essence) << each.header;
    EXPECT_EQ(format_of(type), each.format) << each.header;
    EXPECT_EQ(format_of(each.header), each.format) << each.header;
    EXPECT_EQ(type.essence.empty() ? each.boundary : type.boundary, each.boundary) << each.header;
  }
}

}  // namespace
}  // namespace postern
