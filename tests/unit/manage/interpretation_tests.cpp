#include "manage/interpretation.h"
#include "manage/sample_values.h"
#include "support/temp_folder.h"

#include <gtest/gtest.h>

#include <fstream>

namespace postern {
namespace {

// A shop of our own in a folder, and a webhook that has it as its source.
class InterpretationTest : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(folder_.file("shop.toml")) << R"(
name = "shop"
event_type = "/event"
event_id = "/id"
[verify]
kind = "none"
[fields]
email = "/customer/email"
full_name = "/customer/name"
product = "/lines/*/sku"
[[rules]]
when = [["event_type", "eq", "paid"]]
action = "grant"
[[rules]]
when = [["event_type", "eq", "refunded"]]
action = "revoke"
)";
    presets_.emplace(folder_.path());
    webhook_.source.name = "shop";
    webhook_.effects.add_spaces = {{1}};
    webhook_.effects.remove_spaces = {{9}};
    webhook_.source.products = {{"gold", {{2}}, {{3}}}, {"silver", {{1}, {4}}, {}}};
  }

  WebhookReading read(const std::string& body) {
    const auto out = read_as(*presets_, webhook_, {.content_type = "application/json", .body = body}, {});
    EXPECT_TRUE(out) << (out ? "" : out.error().message);
    return out ? *out : WebhookReading{};
  }
  static std::string order(const std::string& event) {
    return R"({"event":")" + event + R"(","id":7,"customer":{"email":"ada@example.com","name":"Ada Lovelace"},)" +
           R"("lines":[{"sku":"gold"},{"sku":"other"}],"total":10})";
  }

  TempFolder folder_;
  std::optional<PresetLibrary> presets_;
  Webhook webhook_;
};

using Ids = std::vector<SpaceId>;

TEST_F(InterpretationTest, AGrantOpensWhatTheWebhookAndTheProductsOpen) {
  const WebhookReading reading = read(order("paid"));
  ASSERT_EQ(reading.events.size(), 1U);
  const ReadEvent& event = reading.events[0];
  EXPECT_EQ(event.event.email, "ada@example.com");
  EXPECT_EQ(event.event.last_name, "Lovelace");
  EXPECT_EQ(event.action, SourceAction::grant);
  EXPECT_EQ(to_word(event.decided_by), "rule");
  EXPECT_EQ(event.effects.add_spaces, (Ids{{1}, {2}}));
  EXPECT_EQ(event.effects.add_courses, (Ids{{3}}));
  EXPECT_EQ(event.effects.remove_spaces, (Ids{{9}}));
}

TEST_F(InterpretationTest, ARevokeTakesAllOfItAway) {
  const ReadEvent event = read(order("refunded")).events.at(0);
  EXPECT_EQ(event.action, SourceAction::revoke);
  EXPECT_EQ(event.effects.add_spaces, Ids{});
  EXPECT_EQ(event.effects.remove_spaces, (Ids{{9}, {1}, {2}}));
  EXPECT_EQ(event.effects.remove_courses, (Ids{{3}}));
}

TEST_F(InterpretationTest, TheWebhooksOwnMeaningComesBeforeTheRules) {
  webhook_.source.events = {{"paid", SourceAction::revoke}, {"shipped", SourceAction::grant}};
  EXPECT_EQ(read(order("paid")).events.at(0).action, SourceAction::revoke);
  EXPECT_EQ(to_word(read(order("paid")).events.at(0).decided_by), "webhook");
  EXPECT_EQ(read(order("shipped")).events.at(0).action, SourceAction::grant);
  EXPECT_EQ(to_word(read(order("lost")).events.at(0).decided_by), "default");
  EXPECT_EQ(read(order("lost")).events.at(0).effects, Effects());
}

TEST_F(InterpretationTest, EachConditionIsToldAndAllMustHold) {
  webhook_.source.conditions = {{"/total", "ge", {"10"}}, {"product", "eq", {"silver"}}};
  const ReadEvent event = read(order("paid")).events.at(0);
  EXPECT_EQ(event.conditions, (std::vector<bool>{true, false}));
  EXPECT_FALSE(event.is_met());
  EXPECT_EQ(event.effects, Effects());
  webhook_.source.conditions.pop_back();
  EXPECT_EQ(read(order("paid")).events.at(0).effects.add_spaces, (Ids{{1}, {2}}));
}

TEST_F(InterpretationTest, ARefusalAndAMissingPresetAreTold) {
  EXPECT_EQ(read("{").rejection->code, "malformed_body");
  webhook_.source.name = "gone";
  EXPECT_EQ(read_as(*presets_, webhook_, {}, {}).error().code, Errc::invalid);
}

TEST_F(InterpretationTest, AFormGrantsWhatTheWebhookDoes) {
  webhook_.source = {};
  const ReadEvent event = read(R"({"email":"ada@example.com","first_name":"Ada"})").events.at(0);
  EXPECT_EQ(event.event.first_name, "Ada");
  EXPECT_EQ(to_word(event.decided_by), "form");
  EXPECT_EQ(event.effects, webhook_.effects);
  EXPECT_EQ(read(R"({"first_name":"Ada"})").rejection->code, "missing_email");
}

TEST(SampleRequest, ReadsTheHeadThatWasKept) {
  SampleRequest sample;
  sample.read_head("X-Topic: orders/paid\nX-Note: a: b\n?plan=gold&x=1\n");
  ASSERT_EQ(sample.headers.size(), 2U);
  EXPECT_EQ(sample.headers[1], (std::pair<std::string, std::string>("X-Note", "a: b")));
  EXPECT_EQ(sample.query, "plan=gold&x=1");
}

std::string text(const SampleValues& values) {
  std::string out;
  for (const SampleValue& each : values.values) out += each.path + "=" + each.value + " ";
  return out;
}

TEST(SampleValues, NamesLeavesAsPathsFindThem) {
  SampleRequest sample{.content_type = "application/json",
                       .headers = {{"X-Topic", "paid"}},
                       .query = "a=b%20c",
                       .body = R"({"a":{"b/c":[1,"two",{"d~":1.5}]},"e":null,"f":"","g":true})"};
  EXPECT_EQ(text(values_of(nullptr, sample, {})),
            "/a/b~1c/0=1 /a/b~1c/1=two /a/b~1c/2/d~0=1.5 /g=true query:a=b c header:X-Topic=paid ");
  sample = {.content_type = "application/x-www-form-urlencoded", .body = "contact[email]=a%40b.c&tags[]=x&tags[]=y"};
  EXPECT_EQ(text(values_of(nullptr, sample, {})), "/contact/email=a@b.c /tags/0=x /tags/1=y ");
  EXPECT_EQ(text(values_of(nullptr, {.body = "{"}, {})), "");
}

TEST(SampleValues, BeginWhereThePathsOfThePresetBegin) {
  Preset preset;
  preset.body.each = *parse_path("/items");
  preset.body.json_in = {*parse_path("/data")};
  const SampleRequest sample{.content_type = "application/json",
                             .body = R"({"items":[{"data":"{\"id\":7}"},{"data":"{}"}]})"};
  EXPECT_EQ(text(values_of(&preset, sample, {})), "/data/id=7 ");
}

TEST(SampleValues, HaveAnEnd) {
  std::string body = "[";
  for (std::size_t i = 0; i <= kMaxSampleValues; ++i) body += (i > 0 ? ",1" : "1");
  const SampleValues values = values_of(nullptr, {.content_type = "application/json", .body = body + "]"}, {});
  EXPECT_EQ(values.values.size(), kMaxSampleValues);
  EXPECT_FALSE(values.complete);
}

}  // namespace
}  // namespace postern
