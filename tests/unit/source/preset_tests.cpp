#include "source/path.h"
#include "source/preset.h"
#include "source/shipped.h"

namespace postern {
namespace {

TEST(Path, EveryForm) {
  const auto path = parse_path("/a~1b/*/[x.y=1/2]/[k=@/c/[d=e]/f]/0/$email/1.3/[type=a b]");
  ASSERT_TRUE(path) << path.error().message;
  ASSERT_EQ(path->steps.size(), 8U);
  EXPECT_EQ(path->steps[0].key, "a/b");
  EXPECT_EQ(path->steps[1].kind, PathStep::Kind::every);
  EXPECT_EQ(path->steps[2].member, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(path->steps[2].value, "1/2");
  EXPECT_EQ(path->steps[3].reference.size(), 3U);
  EXPECT_EQ(path->steps[4].key, "0");
  EXPECT_EQ(path->steps[5].key, "$email");
  EXPECT_EQ(path->steps[6].key, "1.3");
  EXPECT_EQ(path->steps[7].value, "a b");
  EXPECT_TRUE(parse_path("")->steps.empty());
  EXPECT_EQ(parse_path("header:X-A")->name, "X-A");
  EXPECT_EQ(parse_path("query:t")->from, Path::From::query);
  EXPECT_EQ(parse_subject("event_type")->from, Path::From::fact);
}

TEST(Path, WhatIsNoneIsSaid) {
  for (const auto& [text, why] :
       std::vector<std::pair<std::string, std::string>>{{"a", "must begin with"},
                                                        {"header:", "names nothing"},
                                                        {"/[a=b", "unclosed"},
                                                        {"/[a]", "not [key=value]"},
                                                        {"/[=b]", "not [key=value]"},
                                                        {"/[a=b]c", "go on with '/'"},
                                                        {"/[a=@]", "no path to one value"},
                                                        {"/[a=@b]", "must begin with"},
                                                        {"/[a=@/b/[c=@/d]]", "inside a reference"},
                                                        {"/[a=@/b/*]", "no path to one value"},
                                                        {std::string(600, '/'), "longer than 512"},
                                                        {std::string(40, '/'), "more than 32 steps"}}) {
    const auto path = parse_path(text);
    ASSERT_FALSE(path) << text;
    EXPECT_NE(path.error().message.find(why), std::string::npos) << text << ": " << path.error().message;
  }
  EXPECT_FALSE(parse_path("event_type"));
  EXPECT_NE(parse_subject("event_typ").error().message.find("event_type"), std::string::npos);
}

struct Bad {
  std::string name;
  std::string json;
  std::string says;
};

std::string with_verify(const std::string& verify) {
  return R"({"name":"x","verify":{)" + verify + "}}";
}
std::string with(const std::string& more) {
  return R"({"name":"x","verify":{"kind":"none"},)" + more + "}";
}

class PresetRefuses : public testing::TestWithParam<Bad> {};

TEST_P(PresetRefuses, NamingTheKeyAndWhatIsExpected) {
  const auto preset = read_preset(GetParam().json);
  ASSERT_FALSE(preset);
  EXPECT_NE(preset.error().message.find(GetParam().says), std::string::npos) << preset.error().message;
}

const std::string kHmac = R"("kind":"hmac","header":"S","alg":"hmac-sha256")";

INSTANTIATE_TEST_SUITE_P(
    Table, PresetRefuses,
    testing::Values(
        Bad{"NoJson", "{", "not valid JSON"}, Bad{"NoTable", "[]", "'preset' must be a table of keys."},
        Bad{"NoName", R"({"verify":{"kind":"none"}})", "'name' must be 1 to 64 of a-z"},
        Bad{"OddName", R"({"name":"A b","verify":{"kind":"none"}})", "'name' must be"},
        Bad{"NoVerify", R"({"name":"x"})", "'verify' is missing; write kind = \"none\""},
        Bad{"UnknownKey", with(R"("evnt_type":["/t"])"),
            "'evnt_type' is no key that is known here; there are name, title"},
        Bad{"UnknownVerifyKey", with_verify(R"("kind":"none","secret":"x")"), "'verify.secret' is no key"},
        Bad{"UnknownKind", with_verify(R"("kind":"magic")"),
            "'verify.kind' is 'magic'; expected one of none, basic, token, hmac, asym."},
        Bad{"NoKind", with_verify(""), "'verify.kind' is missing"},
        Bad{"NoAlgorithm", with_verify(R"("kind":"hmac","header":"S")"), "'verify.alg' is missing"},
        Bad{"AlgorithmOfKeys", with_verify(R"("kind":"hmac","header":"S","alg":"ed25519")"),
            "'verify.alg' is 'ed25519'; expected one of hmac-sha256"},
        Bad{"NoPlace", with_verify(R"("kind":"hmac","alg":"hmac-sha256")"), "'verify.header' is missing"},
        Bad{"TwoPlaces", with_verify(kHmac + R"(,"at":"/s")"), "cannot both be given"},
        Bad{"NoPrefix", with_verify(kHmac + R"(,"format":"prefix")"), "'verify.prefix' is missing"},
        Bad{"NoSignatureKey", with_verify(kHmac + R"(,"format":"list")"), "'verify.sig_key' is missing"},
        Bad{"NoTime", with_verify(kHmac + R"(,"signed":"{ts}.{body}")"), "'verify.ts_header' is missing"},
        Bad{"NoId", with_verify(kHmac + R"(,"signed":"{id}.{body}")"), "'verify.id_header' is missing"},
        Bad{"UnsignedTime", with_verify(kHmac + R"(,"ts_header":"T","tolerance":300)"),
            "'verify.tolerance' is of no use"},
        Bad{"NoBodySigned", with_verify(kHmac + R"(,"signed":"{url}")"), "nothing of the body"},
        Bad{"DigestWithoutSecret", with_verify(R"("kind":"hmac","header":"S","alg":"sha256")"), "anybody could sign"},
        Bad{"Placeholder", with_verify(kHmac + R"(,"signed":"{boby}")"), "brace that belongs to no placeholder"},
        Bad{"Tolerance", with_verify(kHmac + R"(,"tolerance":"5m")"), "must be a whole number from 1 to 86400"},
        Bad{"Separator", with_verify(kHmac + R"(,"sep":"==")"), "'verify.sep' must be one character"},
        Bad{"TokenNowhere", with_verify(R"("kind":"token")"), "'verify.at' is missing"},
        Bad{"PathWithoutSlash", with(R"("event_id":["id"])"), "'event_id' has the path 'id', which must begin with"},
        Bad{"PathIsNumber", with(R"("event_id":[1])"), "'event_id' must be a text"},
        Bad{"SecretField", with(R"("fields":{"api_token":"/t"})"), "'fields.api_token' sounds like a secret"},
        Bad{"RuleWithoutAction", with(R"("rules":[{"when":[["email","exists"]]}])"), "'rules[0].action' is missing"},
        Bad{"RuleWithoutCondition", with(R"("rules":[{"when":[],"action":"grant"}])"), "needs at least one condition"},
        Bad{"ActionWord", with(R"("rules":[{"when":[["email","exists"]],"action":"add"}])"),
            "'rules[0].action' is 'add'; expected one of ignore, grant, revoke, link."},
        Bad{"ConditionShape", with(R"("rules":[{"when":["email"],"action":"grant"}])"), "each [path, operator, value]"},
        Bad{"Operator", with(R"("rules":[{"when":[["email","is","x"]],"action":"grant"}])"), "has the operator 'is'"},
        Bad{"ValueTooMany", with(R"("rules":[{"when":[["email","exists","x"]],"action":"grant"}])"), "takes none"},
        Bad{"ValueMissing", with(R"("rules":[{"when":[["email","eq"]],"action":"grant"}])"), "needs one value"},
        Bad{"ValueNoNumber", with(R"("rules":[{"when":[["/a","gt","x"]],"action":"grant"}])"), "is no number"},
        Bad{"ValueOdd", with(R"("rules":[{"when":[["/a","eq",{"b":1}]],"action":"grant"}])"),
            "has a value that is no text"},
        Bad{"SetupOfEverything", with(R"("setup":{"signed":false})"), "every request would be a test"},
        Bad{"SetupOfFacts", with(R"("setup":{"when":[["email","absent"]]})"), "conditions on paths only"},
        Bad{"JsonInAll", with(R"("body":{"json_in":["/a/*"]})"), "no path of plain keys"},
        Bad{"EachHeader", with(R"("body":{"each":"header:X"})"), "must be a path into the body"},
        Bad{"BodyIsText", with(R"("body":"json")"), "'body' must be a table of keys."},
        Bad{"LongText", with(R"("title":")" + std::string(5000, 'x') + "\""), "longer than 4000 bytes"},
        Bad{"Flag", with(R"("url_action":"yes")"), "'url_action' must be true or false."},
        Bad{"Huge", with(R"("title":")" + std::string(70'000, 'x') + "\""), "larger than 64 KiB"}),
    [](const auto& test) { return test.param.name; });

TEST(Preset, LongListsAreRefused) {
  std::string list = "\"/a\"";
  for (int i = 0; i < 300; ++i) list += ",\"/a\"";
  const auto preset = read_preset(with("\"event_id\":[" + list + "]"));
  ASSERT_FALSE(preset);
  EXPECT_EQ(preset.error().message, "'event_id' has more than 200 entries.");
}

TEST(Preset, TheLeastThatWorks) {
  const auto preset = read_preset(with(R"("fields":{"email":"/email","team":["/team"]},"default":"grant")"));
  ASSERT_TRUE(preset) << preset.error().message;
  EXPECT_EQ(preset->title, "x");
  EXPECT_EQ(preset->fields.email.front().text, "/email");
  EXPECT_EQ(preset->fields.others.front().first, "team");
  EXPECT_EQ(preset->otherwise, SourceAction::grant);
  EXPECT_FALSE(find_shipped("no such sender"));
}

}  // namespace
}  // namespace postern
