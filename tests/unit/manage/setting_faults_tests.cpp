#include "manage/presets.h"
#include "manage/rate_text.h"
#include "manage/setting_faults.h"
#include "support/fake_clock.h"

#include <gtest/gtest.h>

namespace postern {
namespace {

// A space 1 and a course 2.
CatalogData catalog() {
  CatalogData out;
  out.spaces.push_back({.id = {1}, .kind = SpaceKind::space, .slug = "vip", .title = "VIP"});
  out.spaces.push_back({.id = {2}, .kind = SpaceKind::course, .slug = "rust", .title = "Rust"});
  return out;
}

// "source.events names 'x' twice; …"
std::string text(const std::vector<SettingFault>& faults) {
  std::string out;
  for (const SettingFault& each : faults) out += each.setting + " " + each.message + "; ";
  return out;
}

std::string faults_of(const SourceSettings& source, const SourceSettings& before = {}) {
  return text(source_faults(PresetLibrary(""), catalog(), before, source));
}

SourceSettings stripe() {
  SourceSettings out;
  out.name = "stripe";
  return out;
}

TEST(SourceFaults, AFormAndAWholeSourceAreFine) {
  EXPECT_EQ(faults_of({}), "");
  SourceSettings source = stripe();
  source.events = {{"invoice.paid", SourceAction::grant}, {"invoice.voided", SourceAction::revoke}};
  source.conditions = {{"/livemode", "eq", {"true"}}, {"product", "in", {"a", "b"}}};
  source.products = {{"price_1", {{1}}, {{2}}}, {"price_2", {}, {}}};
  EXPECT_EQ(faults_of(source), "");
}

TEST(SourceFaults, WhatIsAboutEventsIsRefusedForAForm) {
  SourceSettings source;
  source.products = {{"p", {{1}}, {}}};
  source.url_action = SourceAction::grant;
  EXPECT_EQ(faults_of(source),
            "source.products is of no use with the source 'form', which has no events; source.url_action is of no use "
            "with the source 'form', which has no events; ");
}

TEST(SourceFaults, ASourceMustBeThereUnlessItIsChosenAlready) {
  SourceSettings source;
  source.name = "nobody";
  EXPECT_EQ(faults_of(source), "source.name is 'nobody', which is no source that there is; ");
  EXPECT_EQ(faults_of(source, source), "");
}

TEST(SourceFaults, AMeaningOfRequestsIsNeededWhereTheyDoNotSayIt) {
  SourceSettings source = stripe();
  source.url_action = SourceAction::grant;
  EXPECT_EQ(faults_of(source), "source.url_action is given, but requests of Stripe say what happened; ");
  source.name = "kit";
  ASSERT_TRUE(usable_preset(PresetLibrary(""), source.name)->url_action);
  EXPECT_EQ(faults_of(source), "");
  source.url_action.reset();
  EXPECT_NE(faults_of(source).find("source.url_action is missing"), std::string::npos);
}

TEST(SourceFaults, AnIdOfTheSenderIsForThoseThatSignIt) {
  SourceSettings source = stripe();
  source.webhook_id = "WH-1";
  EXPECT_EQ(faults_of(source), "source.webhook_id is given, but Stripe signs no such id; ");
  source.name = "paypal";
  EXPECT_EQ(faults_of(source), "");
}

TEST(SourceFaults, EachIsNamedOnceAndHasAName) {
  SourceSettings source = stripe();
  source.events = {{"a", SourceAction::grant}, {"a", SourceAction::revoke}, {"", SourceAction::ignore}};
  source.products = {{"p", {}, {}}, {"p", {}, {}}};
  EXPECT_EQ(faults_of(source),
            "source.events names 'a' twice; source.events has an entry without a name; source.products names 'p' "
            "twice; ");
  source = stripe();
  source.events.resize(kMaxEventMeanings + 1);
  for (std::size_t i = 0; i < source.events.size(); ++i) source.events[i].type = std::to_string(i);
  EXPECT_EQ(faults_of(source), "source.events has more than 100 entries; ");
}

TEST(SourceFaults, ConditionsMustBeReadable) {
  SourceSettings source = stripe();
  source.conditions = {{"/a", "is", {"b"}}, {"/a", "gt", {"many"}}, {"plan", "eq", {"gold"}}};
  const std::string faults = faults_of(source);
  EXPECT_NE(faults.find("source.conditions has the operator 'is'; there are eq, ne"), std::string::npos);
  EXPECT_NE(faults.find("source.conditions compares with 'many', which is no number"), std::string::npos);
  EXPECT_NE(faults.find("source.conditions begins with 'plan', which "), std::string::npos);
}

TEST(SourceFaults, ProductsOpenWhatThereIsOrWasNamedAlready) {
  SourceSettings source = stripe();
  source.products = {{"p", {{2}, {7}}, {{1}, {1}}}};
  EXPECT_EQ(faults_of(source),
            "source.products names 2 for 'p', which is no space; source.products names 7 for 'p', which is no space; "
            "source.products names 1 for 'p', which is no course; source.products names 1 for 'p' twice; "
            "source.products names 1 for 'p', which is no course; ");
  source.products = {{"p", {{7}}, {}}};
  EXPECT_EQ(faults_of(source, source), "");
}

TEST(SourceWarnings, SayWhatIsMissing) {
  const WallTime now = FakeClock().now();
  SourceSettings source = stripe();
  ASSERT_FALSE(source_warnings(PresetLibrary(""), source, now).empty());
  EXPECT_NE(source_warnings(PresetLibrary(""), source, now)[0].find("every request will be refused (401)"),
            std::string::npos);
  source.secrets = {{1, "sealed", now, now}};  // Over already.
  EXPECT_NE(source_warnings(PresetLibrary(""), source, now)[0].find("every request will be refused (401)"),
            std::string::npos);
  source.secrets[0].expires_at.reset();
  for (const std::string& each : source_warnings(PresetLibrary(""), source, now))
    EXPECT_EQ(each.find("refused"), std::string::npos);
  source.name = "gone";
  EXPECT_NE(source_warnings(PresetLibrary(""), source, now)[0].find("no preset 'gone' that can be used any more"),
            std::string::npos);
  EXPECT_TRUE(source_warnings(PresetLibrary(""), {}, now).empty());
}

TEST(ProtectionFaults, NetworksRatesAndExpiry) {
  const WallTime now = FakeClock().now();
  Protection protection;
  EXPECT_EQ(text(protection_faults({}, protection, now)), "");
  protection.networks = {*IpNetwork::parse("192.0.2.0/24"), *IpNetwork::parse("192.0.2.0/24")};
  protection.webhook_rate = {.per_minute = 0, .burst = 5};
  protection.address_rate = {.per_minute = 2'000'000};
  protection.expires_at = now;
  EXPECT_EQ(text(protection_faults({}, protection, now)),
            "protection.networks names '192.0.2.0/24' twice; protection.webhook_rate has a burst but no requests a "
            "minute; protection.address_rate is more than 1000000 requests; protection.expires_at is over already: "
            "2030-01-01T00:00:00.000Z. To switch it off now, disable it; ");
  // One that has passed since may stay: else nothing else could be changed any more.
  Protection old;
  old.expires_at = now;
  EXPECT_EQ(text(protection_faults(old, old, now)), "");
}

TEST(RateText, IsReadAndWritten) {
  struct Case {
    const char* text;
    RateLimit rate;
    const char* words;
  };
  for (const Case& each :
       {Case{"600/m", {600, 0}, "600 a minute, at most 600 at once"},
        Case{"60/m:10", {60, 10}, "60 a minute, at most 10 at once"}, Case{"none", {0, 0}, "no limit"}}) {
    ASSERT_TRUE(parse_rate(each.text)) << each.text;
    EXPECT_EQ(*parse_rate(each.text), each.rate) << each.text;
    EXPECT_EQ(rate_in_words(each.rate), each.words);
  }
  for (const char* bad : {"", "600", "600/h", "0/m", "-1/m", "600/m:", "600/m:0", "600/m50", "1.5/m", "1000001/m",
                          "99999999999/m", " 600/m"}) {
    EXPECT_FALSE(parse_rate(bad)) << bad;
  }
}

}  // namespace
}  // namespace postern
