#include "source/interpret.h"
#include "source/preset.h"
#include "support/senders.h"

namespace postern {
namespace {

Preset preset_of(const std::string& more) {
  Result<Preset> preset = read_preset(R"({"name":"x","verify":{"kind":"none"},)" + more + "}");
  EXPECT_TRUE(preset) << (preset ? "" : preset.error().message);
  return preset ? *std::move(preset) : Preset{};
}

OwnedRequest json_request(std::string body) {
  OwnedRequest request;
  request.headers = {{"Content-Type", "application/json"}, {"X-Topic", "orders/paid"}};
  request.query = "token=a%20b&token=c";
  request.body = std::move(body);
  return request;
}

// What one condition says of one body.
bool says(const std::string& condition, const std::string& body) {
  const Preset preset = preset_of(R"("fields":{"email":"/email","product":"/items/*/id"},"event_type":"/type",)"
                                  R"("rules":[{"when":[)" +
                                  condition + R"(],"action":"grant"}])");
  const OwnedRequest request = json_request(body);
  const Interpretation read = interpret(preset, request.view(), {});
  EXPECT_FALSE(read.rejection) << read.rejection->message;
  return !read.events.empty() && read.events.front().action == SourceAction::grant;
}

TEST(Condition, EveryOperator) {
  const std::string body =
      R"({"type":"t","email":"a@b.c","n":10,"f":1.5,"big":9007199254740993,"yes":true,"no":false,"nil":null,"empty":"",)"
      R"("text":"abc","tags":["x","y",7],"o":{},"items":[{"id":"p1","k":"v"},{"id":"p2"}]})";
  for (const char* holds : {R"(["/n","eq","10"])",
                            R"(["/n","eq",10])",
                            R"(["/f","eq","1.5"])",
                            R"(["/yes","eq",true])",
                            R"(["/yes","eq","true"])",
                            R"(["/text","ne","x"])",
                            R"(["/missing","ne","x"])",
                            R"(["/missing","not_in",["x"]])",
                            R"(["/text","in",["x","abc"]])",
                            R"(["/text","not_in",["x","y"]])",
                            R"(["/n","exists"])",
                            R"(["/o","exists"])",
                            R"(["/no","exists"])",
                            R"(["/nil","absent"])",
                            R"(["/empty","absent"])",
                            R"(["/missing","absent"])",
                            R"(["/text","contains","bc"])",
                            R"(["/tags","contains","y"])",
                            R"(["/tags","contains","7"])",
                            R"(["/tags/*","eq","x"])",
                            R"(["/n","gt",9])",
                            R"(["/n","gt","9.5"])",
                            R"(["/n","ge",10])",
                            R"(["/n","le","10.0"])",
                            R"(["/n","lt",11])",
                            R"(["/f","gt",1])",
                            R"(["/big","gt","9007199254740992"])",
                            R"(["/items/[id=p1]/k","eq","v"])",
                            R"(["/items/1/id","eq","p2"])",
                            R"(["product","eq","p2"])",
                            R"(["event_type","eq","t"])",
                            R"(["email","contains","@"])",
                            R"(["header:x-TOPIC","eq","orders/paid"])",
                            R"(["query:token","eq","a b"])",
                            R"(["","exists"])"}) {
    EXPECT_TRUE(says(holds, body)) << holds;
  }
  for (const char* fails : {R"(["/n","eq","10.0"])",
                            R"(["/missing","eq","x"])",
                            R"(["/missing","in",["x"]])",
                            R"(["/missing","contains","x"])",
                            R"(["/missing","gt",1])",
                            R"(["/text","gt",1])",
                            R"(["/text","le",1])",
                            R"(["/empty","exists"])",
                            R"(["/nil","exists"])",
                            R"(["/tags","eq","x"])",
                            R"(["/tags","contains","z"])",
                            R"(["/tags/*","ne","x"])",
                            R"(["/n","lt",10])",
                            R"(["/n","gt",10])",
                            R"(["/big","gt","9007199254740993"])",
                            R"(["/items/01/id","eq","p2"])",
                            R"(["/items/-1/id","exists"])",
                            R"(["/items/9/id","exists"])",
                            R"(["/items/[id=p1]/id","eq","p2"])",
                            R"(["/text/x","exists"])",
                            R"(["order_ref","exists"])"}) {
    EXPECT_FALSE(says(fails, body)) << fails;
  }
  EXPECT_TRUE(says(R"(["/n","gt",1],["/text","eq","abc"])", body));
  EXPECT_FALSE(says(R"(["/n","gt",1],["/text","eq","abd"])", body));
}

TEST(Interpret, AReferenceComparesWithAnotherPlace) {
  const Preset preset =
      preset_of(R"("fields":{"email":"/users/[id=@/owner/id]/mail","first_name":"/users/[profile.nick=zoe]/name"})");
  const OwnedRequest request = json_request(
      R"({"owner":{"id":7},"users":[{"id":6,"mail":"no@x.y"},{"id":7,"mail":"yes@x.y","name":"Z","profile":{"nick":"zoe"}}]})");
  const Interpretation read = interpret(preset, request.view(), {});
  ASSERT_EQ(read.events.size(), 1U);
  EXPECT_EQ(read.events[0].email, "yes@x.y");
  EXPECT_EQ(read.events[0].first_name, "Z");
}

TEST(Interpret, NamesAreSplitOnlyWhenThereAreNone) {
  const Preset preset = preset_of(R"("fields":{"full_name":"/n","first_name":"/f","last_name":"/l"})");
  const auto names = [&](const std::string& body) {
    const OwnedRequest request = json_request(body);
    const Interpretation read = interpret(preset, request.view(), {});
    return read.events.at(0).first_name + "|" + read.events.at(0).last_name;
  };
  EXPECT_EQ(names(R"({"n":"  Ada  King Lovelace "})"), "Ada|King Lovelace");
  EXPECT_EQ(names(R"({"n":"Ada"})"), "Ada|");
  EXPECT_EQ(names(R"({"n":"Ada Lovelace","f":"A"})"), "A|");
  EXPECT_EQ(names(R"({"n":"Ada Lovelace","f":"","l":null})"), "Ada|Lovelace");
  EXPECT_EQ(names(R"({"n":["Ada"],"f":{"x":1}})"), "|");
}

TEST(Interpret, FormsAreTreesToo) {
  const Preset preset = preset_of(
      R"("body":{"format":"form"},"fields":{"email":"/contact/email","first_name":"/f/0/name","product":["/p"],"odd":"/a b"})");
  OwnedRequest request;
  request.body = "contact%5Bemail%5D=a%40b.c&f[0][name]=Zo%C3%AB&p[]=1&p[]=2&p[]=1&a+b=%ff&x[=1&[y]=2&=3";
  const Interpretation read = interpret(preset, request.view(), {});
  ASSERT_FALSE(read.rejection);
  const SourceEvent& event = read.events.at(0);
  EXPECT_EQ(event.email, "a@b.c");
  EXPECT_EQ(event.first_name, "Zo\xc3\xab");
  EXPECT_EQ(event.products, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(event.others.at(0).second, "\xef\xbf\xbd");
}

TEST(Interpret, JsonInAField) {
  const Preset preset = preset_of(R"("body":{"format":"auto","json_in":["payload"]},"fields":{"email":"/payload/e"})");
  OwnedRequest request;
  request.headers = {{"content-type", "application/x-www-form-urlencoded"}};
  request.body = "payload=%7B%22e%22%3A%22a%40b.c%22%7D";
  EXPECT_EQ(interpret(preset, request.view(), {}).events.at(0).email, "a@b.c");
  request.body = "payload=%7B";
  const Interpretation broken = interpret(preset, request.view(), {});
  ASSERT_TRUE(broken.rejection);
  EXPECT_EQ(broken.rejection->code, "malformed_body");
  EXPECT_TRUE(broken.events.empty());
  request.body = "other=1";
  EXPECT_FALSE(interpret(preset, request.view(), {}).rejection);
}

TEST(Interpret, BatchesAndSingleEvents) {
  const Preset preset = preset_of(R"("body":{"format":"json","each":"/events"},"event_id":"/id","default":"grant")");
  const auto ids = [&](const std::string& body) {
    const OwnedRequest request = json_request(body);
    std::string out;
    for (const SourceEvent& event : interpret(preset, request.view(), {}).events) out += event.id + ",";
    return out;
  };
  EXPECT_EQ(ids(R"({"events":[{"id":1},{"id":2},null,3]})"), "1,2,,,");
  EXPECT_EQ(ids(R"({"events":[]})"), "");
  EXPECT_EQ(ids(R"({"events":{"id":5}})"), "5,");
  EXPECT_EQ(ids(R"({"id":6})"), "6,");
  std::string many = "{\"events\":[0";
  for (int i = 0; i < 1000; ++i) many += ",0";
  const OwnedRequest request = json_request(many + "]}");
  const Interpretation read = interpret(preset, request.view(), {});
  ASSERT_TRUE(read.rejection);
  EXPECT_EQ(read.rejection->code, "too_many_events");
}

TEST(Interpret, WhatCannotBeReadIsRefused) {
  const Preset preset = preset_of(R"("body":{"format":"json"},"fields":{"email":"/email"},"event_id":"/id")");
  const auto code = [&](std::string body) {
    const OwnedRequest request = json_request(std::move(body));
    const Interpretation read = interpret(preset, request.view(), {});
    EXPECT_NE(read.rejection.has_value(), !read.events.empty());
    return read.rejection ? std::string(read.rejection->code) : "";
  };
  EXPECT_EQ(code("{"), "malformed_body");
  EXPECT_EQ(code("\xff"), "malformed_body");
  EXPECT_EQ(code(std::string(100, '[') + std::string(100, ']')), "malformed_body");
  EXPECT_EQ(code(R"({"email":")" + std::string(20'001, 'a') + "\"}"), "invalid_field");
  EXPECT_EQ(code(R"({"id":")" + std::string(1'025, 'a') + "\"}"), "invalid_field");
  EXPECT_EQ(code(R"({"email":["a@b.c"],"id":{"x":1}})"), "");
  EXPECT_EQ(code("[]"), "");
  EXPECT_EQ(code("null"), "");
  EXPECT_EQ(code(""), "");
  OwnedRequest packed = json_request("{}");
  packed.headers.emplace_back("Content-Encoding", "gzip");
  const Interpretation read = interpret(preset, packed.view(), {});
  ASSERT_TRUE(read.rejection);
  EXPECT_EQ(read.rejection->status, 415);
  const Preset form = preset_of(R"("body":{"format":"form"})");
  OwnedRequest deep;
  deep.body = "a";
  for (int i = 0; i < 100; ++i) deep.body += "[b]";
  const Interpretation refused = interpret(form, deep.view(), {});
  ASSERT_TRUE(refused.rejection);
  EXPECT_EQ(refused.rejection->code, "malformed_body");
}

TEST(Interpret, NumbersKeepEveryDigitOrCountAsAbsent) {
  const Preset preset = preset_of(R"("event_id":"/id")");
  const auto id = [&](const std::string& number) {
    const OwnedRequest request = json_request("{\"id\":" + number + "}");
    return interpret(preset, request.view(), {}).events.at(0).id;
  };
  for (const char* kept : {"0", "-7", "820982911946154500", "18446744073709551615", "-9223372036854775808", "10.5"}) {
    EXPECT_EQ(id(kept), kept);
  }
  EXPECT_EQ(id("1.50"), "1.5");
  for (const char* lost : {"18446744073709551616", "123456789012345678901234567890", "1e300", "-1e19"}) {
    EXPECT_EQ(id(lost), "") << lost;
  }
}

TEST(Interpret, EventTimes) {
  const Preset preset = preset_of(R"("event_time":["/t"])");
  const auto time = [&](const std::string& text) {
    const OwnedRequest request = json_request("{\"t\":" + text + "}");
    const auto found = interpret(preset, request.view(), {}).events.at(0).time;
    return found ? found->time_since_epoch().count() : -1;
  };
  EXPECT_EQ(time("1677834000"), 1'677'834'000'000);
  EXPECT_EQ(time("\"1677834000123\""), 1'677'834'000'123);
  EXPECT_EQ(time("\"2023-03-03T09:00:00.5Z\""), 1'677'834'000'500);
  EXPECT_EQ(time("\"2023-03-03T09:00:00\""), -1);
  for (const char* odd : {"-1", "1e30", "99999999999999999", "\"x\"", "null", "[1]"}) EXPECT_EQ(time(odd), -1) << odd;
}

TEST(Interpret, RepeatKeys) {
  const auto key = [](const std::string& more, const std::string& body) {
    const Preset preset = preset_of(R"("event_id":"/id","event_type":"/type",)" + more);
    const OwnedRequest request = json_request(body);
    return interpret(preset, request.view(), {}).events.at(0).repeat_key;
  };
  const std::string plain = R"("repeat_key":[])";
  const std::string both = R"("repeat_key":["event_type","event_id"])";
  const std::string hashed = R"("repeat_key":["event_id","body"])";
  EXPECT_EQ(key(plain, R"({"id":"1"})"), key(plain, R"({"id":1,"x":2})"));
  EXPECT_EQ(key(plain, "{}"), "");
  EXPECT_NE(key(both, R"({"id":"1","type":"a"})"), key(both, R"({"id":"1","type":"b"})"));
  EXPECT_NE(key(both, R"({"id":"2:ab","type":"1"})"), key(both, R"({"id":"ab","type":"1:2"})"));
  EXPECT_EQ(key(both, R"({"id":"1"})"), "");
  EXPECT_NE(key(hashed, R"({"id":"1"})"), key(hashed, R"({"id":"1" })"));
}

TEST(Interpret, TheUrlSaysWhatEventsWithoutATypeMean) {
  const Preset preset = preset_of(R"("rules":[{"when":[["/skip","exists"]],"action":"ignore"}],"default":"grant")");
  InterpretOptions options;
  options.url_action = SourceAction::revoke;
  const OwnedRequest request = json_request("{}");
  EXPECT_EQ(interpret(preset, request.view(), options).events.at(0).action, SourceAction::revoke);
  EXPECT_FALSE(interpret(preset, request.view(), options).events.at(0).rule);
  const OwnedRequest skipped = json_request(R"({"skip":1})");
  EXPECT_EQ(interpret(preset, skipped.view(), options).events.at(0).action, SourceAction::ignore);
  EXPECT_EQ(interpret(preset, skipped.view(), options).events.at(0).rule, 0U);
}

TEST(Interpret, SetupProbesDoNothing) {
  const Preset woo = shipped("woocommerce");
  OwnedRequest ping;
  ping.headers = {{"content-type", "application/x-www-form-urlencoded"}};
  ping.body = "webhook_id=1";
  EXPECT_TRUE(is_setup_probe(woo, ping.view(), {}));
  EXPECT_TRUE(interpret(woo, ping.view(), {}).events.at(0).probe);
  ping.body = "webhook_id=1&email=a%40b.c";
  EXPECT_FALSE(is_setup_probe(woo, ping.view(), {}));
  OwnedRequest empty;
  EXPECT_TRUE(is_setup_probe(shipped("thrivecart"), empty.view(), {}));
  EXPECT_FALSE(is_setup_probe(shipped("stripe"), empty.view(), {}));
}

// Work grows with the body, not with its square: what would take minutes if every element were looked up again.
TEST(Interpret, LargeListsTakeLinearWork) {
  std::string body = R"({"key":"99999","rows":[)";
  for (int i = 0; i < 50'000; ++i)
    body += (i == 0 ? "" : ",") + std::string("{\"k\":") + std::to_string(i + 50'000) + "}";
  body += "]}";
  const Preset preset = preset_of(R"("fields":{"email":"/rows/[k=@/key]/k","product":"/rows/*/k"})");
  const OwnedRequest request = json_request(body);
  const Interpretation read = interpret(preset, request.view(), {});
  EXPECT_EQ(read.events.at(0).email, "99999");
  EXPECT_EQ(read.events.at(0).products.size(), 200U);
}

}  // namespace
}  // namespace postern
