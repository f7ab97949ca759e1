// The three functions of a script: what they are given, what they may answer, what is nonsense.
#include "hooks/script.h"
#include "support/fake_clock.h"

#include <gtest/gtest.h>

namespace postern {
namespace {

class Scripts : public testing::Test {
 protected:
  Script make(const std::string& source) const { return Script("webhook-3.lua", source, {}, clock_); }
  Script validation(const std::string& body) const {
    return make("function incoming_webhook_validation(is_valid, data, webhook, request) " + body + " end");
  }
  Script user_data(const std::string& body) const {
    return make("function incoming_webhook_user_data(user_data, payload, webhook) " + body + " end");
  }
  Script processed(const std::string& body) const {
    return make("function incoming_webhook_processed(user, webhook, payload, outcome) " + body + " end");
  }
  // What is wrong with the answer of such a function.
  std::string user_error(const std::string& body) const {
    const auto changed = user_data(body).change_user(user_, request_);
    return changed ? "nothing" : changed.error().message.substr(std::string("webhook-3.lua: ").size());
  }
  std::string validation_error(const std::string& body) const {
    const auto verdict = validation(body).validate(request_);
    return verdict ? "nothing" : verdict.error().message;
  }
  std::string emit_error(const std::string& body) const {
    const auto done = processed(body).processed(delivery_);
    return done ? "nothing" : done.error().message;
  }

  FakeClock clock_;
  ScriptRequest request_{
      .data = R"({"email":"ada@example.com","tags":["a","b"],"plan":{"name":"gold","price":9.5},"none":null})",
      .webhook = R"({"id":3,"name":"Shop","add_spaces":["club"]})",
      .request = R"({"ip":"192.0.2.7","headers":{"x-shop":"1"},"query":{}})",
      .secrets = {}};
  ScriptUser user_{.email = "ada@example.com", .first_name = "Ada", .last_name = "Lovelace", .role = "subscriber"};
  ProcessedDelivery delivery_{R"({"id":7,"email":"ada@example.com"})", R"({"id":3})", R"({"plan":"gold"})",
                              R"({"user_created":true})"};
};

TEST_F(Scripts, ValidationSeesTheRequest) {
  const auto verdict = validation(
                           "return false, table.concat({tostring(is_valid), data.email, #data.tags, data.plan.name, "
                           "data.plan.price, tostring(data.none), webhook.name, webhook.add_spaces[1], request.ip, "
                           "request.headers['x-shop']}, ' ')")
                           .validate(request_);
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_EQ(verdict->reason, "true ada@example.com 2 gold 9.5 nil Shop club 192.0.2.7 1");
}

TEST_F(Scripts, ValidationSaysYesOrNo) {
  EXPECT_TRUE(validation("return true").validate(request_)->valid);
  EXPECT_TRUE(validation("return true, 'ignored'").validate(request_)->valid);
  EXPECT_TRUE(validation("return is_valid").validate(request_)->valid);
  EXPECT_FALSE(validation("return false").validate(request_)->valid);
  EXPECT_EQ(validation("return false").validate(request_)->reason, "");
  EXPECT_EQ(validation("return false, 'No such\\nplan'").validate(request_)->reason, "No such plan");
  EXPECT_EQ(validation("return false, ('x'):rep(10000)").validate(request_)->reason.size(), Script::kMaxReasonBytes);
  EXPECT_EQ(validation("return false, 'a\\xff'").validate(request_)->reason, "a\xEF\xBF\xBD");
}

TEST_F(Scripts, NonsenseFromValidationIsAFailure) {
  const std::string must = "; it must return true, or false and a reason";
  EXPECT_EQ(validation_error(""), "webhook-3.lua: incoming_webhook_validation returned nothing" + must);
  EXPECT_EQ(validation_error("return nil, 'x'"), "webhook-3.lua: incoming_webhook_validation returned nothing" + must);
  EXPECT_EQ(validation_error("return 1"), "webhook-3.lua: incoming_webhook_validation returned a number" + must);
  EXPECT_EQ(validation_error("return 'yes'"), "webhook-3.lua: incoming_webhook_validation returned a string" + must);
  EXPECT_EQ(validation_error("return {}"), "webhook-3.lua: incoming_webhook_validation returned a table" + must);
  EXPECT_EQ(validation_error("return error"), "webhook-3.lua: incoming_webhook_validation returned a function" + must);
  EXPECT_EQ(validation_error("return false, {}"),
            "webhook-3.lua: the reason that incoming_webhook_validation returned is a table; it must be a text");
}

TEST_F(Scripts, ASecretCanBeComparedButNotRead) {
  request_.secrets.emplace_back("x-shop-token", Secret("correct horse"));
  const auto says = [&](const std::string& expression) {
    return validation("return " + expression).validate(request_).value().valid;
  };
  EXPECT_TRUE(says("request.secret_is('x-shop-token', 'correct horse')"));
  EXPECT_TRUE(
      says("request.secret_is('X-Shop-Token', "
           "'sha256:4104d36f8da2c254349f85836793ebe029e0c957063a34c91c2e9203187b5631')"));
  EXPECT_FALSE(says("request.secret_is('x-shop-token', 'correct hors')"));
  EXPECT_FALSE(says("request.secret_is('x-shop-token', '')"));
  EXPECT_FALSE(says("request.secret_is('x-other', 'correct horse')"));
  EXPECT_FALSE(says("request.secret_is('x-shop-token', 'sha256:abc')"));
}

TEST_F(Scripts, UserDataCanBeChangedInPlaceOrReturned) {
  for (const char* body : {"user_data.role = 'customer' user_data.meta.plan = payload.plan.name return user_data",
                           "user_data.role = 'customer' user_data.meta.plan = payload.plan.name",
                           "return {role = 'customer', meta = {plan = payload.plan.name}}"}) {
    const auto changed = user_data(body).change_user(user_, request_);
    ASSERT_TRUE(changed) << changed.error().message;
    ScriptUser want = user_;
    want.role = "customer";
    want.meta = R"({"plan":"gold"})";
    EXPECT_EQ(changed->user, want) << body;
  }
  const auto names = user_data(
                         "user_data.first_name = user_data.first_name:upper() user_data.login = 'ada' "
                         "user_data.display_name = 'Countess' return user_data")
                         .change_user(user_, request_);
  EXPECT_EQ(names->user.first_name, "ADA");
  EXPECT_EQ(names->user.last_name, "Lovelace");
  EXPECT_EQ(names->user.login, "ada");
  EXPECT_EQ(names->user.display_name, "Countess");
  EXPECT_EQ(user_data("return user_data").change_user(user_, request_)->user, user_);
}

TEST_F(Scripts, MetaIsABoundedObjectInAFixedOrder) {
  const auto meta = [&](const std::string& value) {
    const auto changed = user_data("user_data.meta = " + value).change_user(user_, request_);
    return changed ? changed->user.meta : changed.error().message;
  };
  EXPECT_EQ(meta("{z = 1, a = true, m = {1, 2.5, 'x'}, e = {}}"), R"({"a":true,"e":{},"m":[1,2.5E0,"x"],"z":1})");
  EXPECT_EQ(meta("{}"), "");
  EXPECT_EQ(meta("nil"), "");
  const std::string at = "webhook-3.lua: user_data.meta";
  EXPECT_EQ(meta("{f = error}"),
            at + ".f is a function; only texts, numbers, true, false and tables of them can be kept");
  EXPECT_EQ(meta("{n = 0/0}"), at + ".n is no finite number");
  EXPECT_EQ(meta("{[1.5] = 1}"), at + " has a key that is a number; keys are texts, or 1, 2, 3 …");
  EXPECT_EQ(meta("{t = {1, nil, 3}}").substr(0, at.size() + 30), at + ".t is a list with holes, or do");
  EXPECT_EQ(meta("{t = {1, a = 2}}"), at + ".t has named keys beside its numbers; take one or the other");
  EXPECT_EQ(meta("{1, 2}"), at + " must be a table with named keys");
  EXPECT_EQ(meta("'text'"), at + " must be a table with named keys");
  EXPECT_EQ(meta("{t = ('x'):rep(20000)}"), at + ".t is too long: more than 16384 bytes");
  EXPECT_EQ(meta("(function() local t = {} t.t = t return t end)()").substr(0, at.size()), at);
  EXPECT_NE(meta("(function() local t = {} t.t = t return t end)()").find("deeper than 8 levels"), std::string::npos);
}

TEST_F(Scripts, WhatCannotBeChangedIsSaid) {
  EXPECT_EQ(user_error("user_data.email = 'eve@example.com'"),
            "user_data.email cannot be changed: it says who the person is");
  EXPECT_EQ(user_error("user_data.password = 'x'"),
            "user_data has no password; there are first_name, last_name, login, display_name, role and meta");
  EXPECT_EQ(user_error("user_data.administrator = true").substr(0, 30), "user_data has no administrator");
  EXPECT_EQ(user_error("user_data.first_name = 5"), "user_data.first_name is a number; it must be a text");
  EXPECT_EQ(user_error("user_data.login = ('x'):rep(30000)"), "user_data.login is longer than 20000 bytes");
  EXPECT_EQ(user_error("user_data.display_name = ('x'):rep(251)"),
            "user_data.display_name is longer than 250 characters");
  EXPECT_EQ(user_error("return 5"), "incoming_webhook_user_data returned a number; it must return user_data");
  EXPECT_EQ(user_error("return false"), "incoming_webhook_user_data returned a boolean; it must return user_data");
  EXPECT_EQ(user_error("return {[1] = 'x'}"), "user_data has a key that is no text");
  for (const char* role : {"administrator", "admin", "super_admin"}) {
    EXPECT_NE(user_error("user_data.role = '" + std::string(role) + "'").find("is not given to anybody here"),
              std::string::npos)
        << role;
  }
  for (const char* role : {"", "Administrator", "a b", "r\xc3\xa9"}) {
    EXPECT_NE(user_error("user_data.role = '" + std::string(role) + "'").find("a role is 1 to 60 of"),
              std::string::npos)
        << role;
  }
}

TEST_F(Scripts, ProcessedEmitsAndLogs) {
  const auto done =
      processed(
          "log('sold to', user.id, payload.plan) emit('course.sold', {user = user.id, plan = payload.plan}) "
          "emit('ping') return 'whatever'")
          .processed(delivery_);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->said, "sold to 7 gold");
  EXPECT_EQ(done->events, (std::vector<EmittedEvent>{{"course.sold", R"({"plan":"gold","user":7})"}, {"ping", "{}"}}));
  EXPECT_LE(processed("for i = 1, 1000 do log(('x'):rep(100)) end").processed(delivery_)->said.size(),
            Script::kMaxSaidBytes + 1);
}

TEST_F(Scripts, WhatCannotBeEmittedIsSaid) {
  const std::string at = "webhook-3.lua:1: emit: ";
  for (const char* type : {"", "Course", "a b", ".a", "a.", "a..b"}) {
    EXPECT_EQ(emit_error("emit('" + std::string(type) + "')").substr(0, at.size() + 6), at + "a type") << type;
  }
  EXPECT_EQ(emit_error("emit('user.created')").substr(0, at.size() + 5), at + "types");
  EXPECT_EQ(emit_error("for i = 1, 21 do emit('a.b') end"), at + "more than 20 events of one delivery");
  EXPECT_EQ(emit_error("emit('a', {1, 2})"), at + "the data must be a table with named keys");
  EXPECT_NE(emit_error("emit('a', 5)").find("table expected, got number"), std::string::npos);
  EXPECT_NE(emit_error("emit('a', {t = ('x'):rep(40000)})").find("data.t is too long"), std::string::npos);
  EXPECT_NE(validation_error("emit('a')").find("attempt to call a nil value (global 'emit')"), std::string::npos);
}

TEST_F(Scripts, AFileThatCannotBeUsedSaysWhy) {
  const auto problem = [&](const std::string& source) { return make(source).problem().value_or("none"); };
  EXPECT_EQ(problem("function incoming_webhook_processed() end"), "none");
  EXPECT_EQ(problem("x ="), "webhook-3.lua:1: unexpected symbol near <eof>");
  EXPECT_EQ(problem("error('no')"), "webhook-3.lua:1: no");
  EXPECT_EQ(problem("incoming_webhook_processed = 5"),
            "webhook-3.lua: incoming_webhook_processed is a number; it must be a function");
  EXPECT_EQ(problem("local x = 1").substr(0, 34), "webhook-3.lua: it defines none of ");
  EXPECT_EQ(problem(std::string(Script::kMaxBytes + 1, ' ')), "webhook-3.lua: it is larger than 256 KiB");
  // Nobody knows what a broken file was to check: so it may be everything.
  const Script broken = make("x =");
  for (const HookFunction each : kHookFunctions) EXPECT_TRUE(broken.may_define(each));
  EXPECT_EQ(broken.validate(request_).error().message, *broken.problem());
  EXPECT_EQ(broken.change_user(user_, request_).error().message, *broken.problem());
  EXPECT_EQ(broken.processed(delivery_).error().message, *broken.problem());
}

TEST_F(Scripts, AFunctionThatIsNotDefinedDoesNothing) {
  const Script script = processed("");
  EXPECT_FALSE(script.may_define(HookFunction::validation));
  EXPECT_TRUE(script.validate(request_)->valid);
  EXPECT_EQ(script.change_user(user_, request_)->user, user_);
  EXPECT_EQ(script.functions(), (std::vector<std::string_view>{"incoming_webhook_processed"}));
}

}  // namespace
}  // namespace postern
