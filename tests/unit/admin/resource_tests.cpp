#include "admin/csv.h"
#include "resource_site.h"

namespace postern {
namespace {

namespace json = boost::json;

std::string text(const json::value& value) {
  return value.as_string().c_str();
}

TEST_P(ResourceTest, WebhookIsMadeShownAndFound) {
  site_.fill();
  const Answer made = site_.post("/webhooks", R"({"name":"Refunds","remove_spaces":[1],"welcome_email":true})");
  EXPECT_EQ(made.status, 201);
  EXPECT_TRUE(text(made.body.at("url")).starts_with("https://gate.example.com/wp-json/fluent-community/v2/webhook/"));
  ASSERT_EQ(made.audit.size(), 1U);
  EXPECT_EQ(made.audit[0].action + " " + made.audit[0].target, "webhook.add webhook 2");
  EXPECT_EQ(json::serialize(made.audit[0].after).find(text(made.body.at("url")).substr(60)), std::string::npos);
  const Answer shown = site_.get("/webhooks/2");
  EXPECT_EQ(shown.etag, "\"" + text(shown.body.at("etag")) + "\"");
  EXPECT_EQ(shown.etag, made.etag);
  EXPECT_EQ(text(shown.body.at("summary")), "removes from vip-lounge; sends the welcome e-mail");
  EXPECT_EQ(shown.body.at("hours").as_array().size(), 24U);
  EXPECT_FALSE(shown.body.as_object().contains("url"));
  EXPECT_EQ(site_.get("/webhooks?search=reFUNDS").body.at("items").as_array().size(), 1U);
  EXPECT_EQ(site_.get("/webhooks").body.at("items").as_array().size(), 2U);
  EXPECT_EQ(site_.get("/webhooks/9").status, 404);
}

TEST_P(ResourceTest, EveryWrongFieldIsNamed) {
  site_.fill();
  EXPECT_EQ(
      site_.post("/webhooks", R"({"add_spaces":[2,7],"welcome_email":"yes","url":"x"})").errors(),
      "name is missing; add_spaces names 2, which is no space; add_spaces names 7, which is no space; welcome_email "
      "is neither true nor false; url is not known here; ");
  EXPECT_EQ(site_.post("/spaces", R"({"title":"","slug":"A b","privacy":"open"})").errors(),
            "title is empty; slug is not 1 to 100 of a-z, 0-9 and '-'; privacy is none of public, private, secret; ");
  EXPECT_EQ(site_.get("/deliveries?webhook=x&status=lost&since=soon&cursor=%00&sort=id").errors(),
            "webhook is no number; status is none of processed, rejected, failed, duplicate, ignored, stale, held; "
            "since is no "
            "time such as 2026-03-01T09:30:00Z; cursor was not given out by this list; sort is not known here; ");
  for (const char* cursor : {"x", "-1", "0", "99999999999999999999999", "1;--"}) {
    EXPECT_EQ(site_.get(std::string("/users?cursor=") + cursor).status, 422) << cursor;
    EXPECT_EQ(site_.get(std::string("/deliveries?cursor=") + cursor).status, 422) << cursor;
  }
  EXPECT_EQ(site_.get("/users?cursor=9223372036854775807").status, 200);
  EXPECT_EQ(site_.get("/deliveries?cursor=7zzzzzzzzzzzz").status, 200);
  EXPECT_EQ(site_.post("/webhooks/1/rotate", R"({"grace":"never"})").status, 422);
  EXPECT_EQ(site_.post("/deliveries/replay", R"({"dry_run":true})").status, 422);
  EXPECT_EQ(site_.post("/deliveries/replay", R"({"dry_run":true,"filter":{"status":"x"}})").errors(),
            "filter.status is none of processed, rejected, failed, duplicate, ignored, stale, held; ");
}

TEST_P(ResourceTest, AChangeNeedsWhatWasRead) {
  site_.fill();
  for (const auto& [path, change] :
       {std::pair("/webhooks/1", R"({"name":"New"})"), std::pair("/spaces/1", R"({"title":"New"})"),
        std::pair("/courses/2", R"({"title":"New","archived":true})")}) {
    const std::string old = site_.get(path).etag;
    EXPECT_EQ(site_.call("PATCH", path, change).status, 428) << path;
    const Answer stale = site_.call("PATCH", path, change, "\"other\"");
    EXPECT_EQ(stale.status, 412) << path;
    EXPECT_EQ("\"" + text(stale.body.at("current").at("etag")) + "\"", old) << path;
    const Answer changed = site_.call("PATCH", path, change, old);
    EXPECT_EQ(changed.status, 200) << path;
    EXPECT_NE(changed.etag, old) << path;
    ASSERT_EQ(changed.audit.size(), 1U) << path;
    EXPECT_NE(changed.audit[0].before, changed.audit[0].after) << path;
    EXPECT_EQ(site_.call("DELETE", path, {}, old).status, 412) << path;
    EXPECT_EQ(site_.call("DELETE", path).status, 428) << path;
    EXPECT_EQ(site_.call("DELETE", path, {}, changed.etag).status, 204) << path;
    EXPECT_EQ(site_.get(path).status, 404) << path;
  }
}

TEST_P(ResourceTest, WebhookStatesAndUrls) {
  site_.fill();
  EXPECT_EQ(text(site_.call("POST", "/webhooks/1/pause").body.at("state")), "paused");
  EXPECT_EQ(text(site_.deliver("ada@example.com").body.at("delivery").at("code")), "unavailable");
  EXPECT_EQ(text(site_.call("POST", "/webhooks/1/disable").body.at("state")), "disabled");
  EXPECT_EQ(text(site_.call("POST", "/webhooks/1/resume").body.at("state")), "active");
  const std::string url = text(site_.call("POST", "/webhooks/1/reveal").body.at("url"));
  const Answer rotated = site_.post("/webhooks/1/rotate", R"({"grace":"1h"})");
  EXPECT_NE(text(rotated.body.at("url")), url);
  EXPECT_EQ(text(rotated.body.at("url")), text(site_.call("POST", "/webhooks/1/reveal").body.at("url")));
  const json::array& keys = rotated.body.at("webhook").at("keys").as_array();
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_TRUE(keys[0].at("expires_at").is_null());
  EXPECT_EQ(text(keys[1].at("expires_at")), "2030-01-01T01:00:00.000Z");
  EXPECT_EQ(site_.call("POST", "/webhooks/1/reveal", {}, {}, Permission::view).status, 403);
  EXPECT_EQ(site_.call("POST", "/webhooks/1/rotate", "{}", {}, Permission::payloads).status, 403);
}

TEST_P(ResourceTest, TestConsoleRunsThePipeline) {
  site_.fill();
  const Answer dry = site_.deliver("ada@example.com", true);
  EXPECT_EQ(dry.body.at("reply").at("status").as_int64(), 200);
  EXPECT_TRUE(dry.audit.empty());
  EXPECT_EQ(site_.store().counts()->users, 0);
  EXPECT_EQ(site_.store().counts()->deliveries, 0);
  const Answer real = site_.deliver("ada@example.com");
  EXPECT_EQ(site_.store().counts()->users, 1);
  const json::value& delivery = real.body.at("delivery");
  EXPECT_EQ(text(delivery.at("status")), "processed");
  EXPECT_TRUE(text(real.body.at("reply").at("body")).starts_with("{\"success\":true"));
  std::string steps;
  for (const json::value& step : delivery.at("story").as_array()) steps += text(step.at("step")) + " ";
  EXPECT_EQ(steps, "received recognised decoded decided applied answered ");
  EXPECT_EQ(text(delivery.at("story").at(3).at("text")),
            "Nobody had this address, so a user is to be created. Rust 101: added. VIP Lounge: added.");
  EXPECT_EQ(site_.get("/webhooks/1").body.at("day").at("processed").as_int64(), 1);
  EXPECT_EQ(site_.get("/webhooks/1").body.at("hours").at(23).as_int64(), 1);
  const Answer secret = site_.post("/webhooks/1/test", R"({"content_type":"application/json","dry_run":false,
      "body":"{\"email\":\"bob@example.com\",\"user_pass\":\"correct horse\"}"})");
  EXPECT_EQ(text(secret.body.at("delivery").at("status")), "processed");
  EXPECT_EQ(json::serialize(secret.body).find("correct horse"), std::string::npos);
  EXPECT_EQ(site_.post("/webhooks/9/test", R"({"content_type":"a/b","body":""})").status, 404);
  EXPECT_EQ(
      text(site_.post("/webhooks/1/test", R"({"content_type":"a/b","body":"x"})").body.at("delivery").at("status")),
      "rejected");
}

TEST_P(ResourceTest, TheStoryTellsThatADeliveryWasHeld) {
  site_.fill();
  const auto story = [&](bool releases) {
    Change change;
    change.delivery = {
        .id = {1}, .received_at = site_.clock.now(), .webhook = {1}, .key = {1}, .email = "a@example.com"};
    change.releases = releases;
    if (releases) {
      change.delivery.held_until = site_.clock.now() + std::chrono::hours{1};
    } else {
      change.delivery.status = DeliveryStatus::held;
      change.held = "sealed";
    }
    auto transaction = site_.store().begin().value();
    EXPECT_TRUE(transaction->apply({&change, 1}));
    EXPECT_TRUE(transaction->commit());
    transaction.reset();
    std::string out;
    const Answer shown = site_.get("/deliveries/" + to_text(DeliveryId{1}));
    for (const json::value& step : shown.body.at("story").as_array()) {
      out += text(step.at("step")) + ": " + text(step.at("text")) + "\n";
    }
    return out;
  };
  const std::string waiting = story(false);
  EXPECT_NE(waiting.find("held: The webhook was paused"), std::string::npos) << waiting;
  EXPECT_NE(waiting.find("applied: Nothing was changed yet."), std::string::npos) << waiting;
  const std::string applied = story(true);
  EXPECT_NE(applied.find("Its turn came 2030-01-01T01:00:00.000Z"), std::string::npos) << applied;
  EXPECT_NE(applied.find("decided: "), std::string::npos) << applied;
}

TEST_P(ResourceTest, WhoMayNotSeePayloadsSeesNone) {
  site_.fill();
  const std::string id = text(site_.deliver("ada@example.com").body.at("delivery").at("id"));
  EXPECT_EQ(text(site_.get("/deliveries/" + id).body.at("payload")), R"({"email":"ada@example.com","plan":"gold"})");
  const Answer viewed = site_.get("/deliveries/" + id, Permission::view);
  EXPECT_TRUE(viewed.body.at("payload").is_null());
  EXPECT_EQ(text(viewed.body.at("remote_ip")), "192.0.2.9");
  EXPECT_FALSE(site_.get("/deliveries").body.at("items").at(0).as_object().contains("payload"));
  EXPECT_EQ(site_.get("/deliveries?text=gold").body.at("items").as_array().size(), 1U);
  EXPECT_EQ(site_.get("/deliveries?text=gold", Permission::view).body.at("items").as_array().size(), 0U);
  EXPECT_EQ(site_.get("/deliveries/export?format=csv", Permission::view).status, 403);
  EXPECT_EQ(site_.get("/users/1/export", Permission::view).status, 403);
}

TEST_P(ResourceTest, LogIsPagedAndReplayed) {
  site_.fill();
  for (const char* email : {"ada@example.com", "bob@example.com", "nobody"}) {
    site_.clock.advance(std::chrono::seconds{1});
    site_.deliver(email);
  }
  const Answer first = site_.get("/deliveries?limit=2");
  EXPECT_EQ(first.body.at("items").as_array().size(), 2U);
  EXPECT_TRUE(first.body.at("searched_back_to").is_null());
  const Answer rest = site_.get("/deliveries?limit=2&cursor=" + text(first.body.at("next")));
  EXPECT_EQ(text(rest.body.at("items").at(0).at("email")), "ada@example.com");
  EXPECT_TRUE(rest.body.at("next").is_null());
  EXPECT_EQ(
      site_.get("/deliveries?email=BOB@example.com&webhook=1&status=processed").body.at("items").as_array().size(), 1U);

  const std::string id = text(rest.body.at("items").at(0).at("id"));
  const Answer dry = site_.post("/deliveries/" + id + "/replay", R"({"dry_run":true})");
  EXPECT_EQ(text(dry.body.at("delivery").at("replay_of")), id);
  EXPECT_EQ(site_.store().counts()->deliveries, 3);
  EXPECT_EQ(site_.post("/deliveries/" + id + "/replay", "{}").audit.size(), 1U);
  EXPECT_EQ(site_.store().counts()->deliveries, 4);
  EXPECT_EQ(site_.post("/deliveries/0000000000001/replay", "{}").status, 404);
  EXPECT_EQ(site_.post("/deliveries/x/replay", "{}").status, 404);

  const Answer many = site_.post("/deliveries/replay", R"({"filter":{"webhook":1},"dry_run":true})");
  EXPECT_EQ(json::serialize(many.body),
            R"({"matched":3,"more":false,"replayed":3,"results":{"processed":2,"rejected":1},)"
            R"("not_replayable":0,"dry_run":true})");
  EXPECT_EQ(site_.store().counts()->deliveries, 4);
  const Answer real = site_.post("/deliveries/replay", R"({"ids":["0000000000001",")" + id + R"("],"dry_run":false})");
  EXPECT_EQ(real.body.at("replayed").as_int64(), 1);
  EXPECT_EQ(real.body.at("not_replayable").as_int64(), 1);
  EXPECT_EQ(site_.store().counts()->deliveries, 5);
}

TEST_P(ResourceTest, SpacesAndTheirMembers) {
  site_.fill();
  for (const char* email : {"ada@example.com", "bob@example.com", "eve@example.com"}) site_.deliver(email);
  EXPECT_EQ(text(site_.post("/spaces", R"({"title":"VIP Lounge"})").body.at("slug")), "vip-lounge-2");
  EXPECT_EQ(site_.post("/courses", R"({"title":"X","slug":"vip-lounge"})").status, 409);
  EXPECT_EQ(site_.get("/spaces/1").body.at("members").as_int64(), 3);
  EXPECT_EQ(site_.get("/spaces/2").status, 404);  // That is a course.
  EXPECT_EQ(site_.get("/spaces?search=vip&archived=false").body.at("items").as_array().size(), 2U);
  EXPECT_EQ(site_.get("/spaces?archived=true").body.at("items").as_array().size(), 0U);
  const Answer page = site_.get("/spaces/1/members?limit=2");
  EXPECT_EQ(page.body.at("items").as_array().size(), 2U);
  const Answer next = site_.get("/spaces/1/members?limit=2&cursor=" + text(page.body.at("next")));
  EXPECT_EQ(text(next.body.at("items").at(0).at("user").at("email")), "eve@example.com");
  EXPECT_TRUE(next.body.at("next").is_null());
}

TEST_P(ResourceTest, PeopleAreFoundAndChangedByHand) {
  site_.fill();
  for (const char* email : {"ada@example.com", "bob@example.com"}) site_.deliver(email);
  EXPECT_EQ(site_.get("/users?search=AD").body.at("items").as_array().size(), 1U);
  EXPECT_EQ(text(site_.get("/users?space=1&limit=1").body.at("next")), "1");
  const Answer ada = site_.get("/users/1");
  EXPECT_EQ(ada.body.at("memberships").as_array().size(), 2U);
  EXPECT_TRUE(ada.body.at("memberships").at(0).at("because_of").is_string());
  EXPECT_EQ(site_.get("/users/1/deliveries").body.at("items").as_array().size(), 1U);
  const Answer set = site_.call("PUT", "/users/1/memberships/1", R"({"role":"moderator","status":"blocked"})");
  EXPECT_EQ(text(set.body.at("role")) + text(set.body.at("status")), "moderatorblocked");
  EXPECT_TRUE(set.body.at("because_of").is_null());
  EXPECT_EQ(text(set.audit.at(0).before.at("role")), "member");
  EXPECT_EQ(site_.call("PUT", "/users/1/memberships/1", R"({"role":"student"})").errors(),
            "role is no role of a space; ");
  EXPECT_EQ(site_.call("PUT", "/users/1/memberships/9", "{}").status, 404);
  EXPECT_EQ(site_.call("DELETE", "/users/1/memberships/1").status, 204);
  EXPECT_EQ(site_.call("DELETE", "/users/1/memberships/1").status, 404);
  EXPECT_EQ(site_.get("/users/9").status, 404);
}

TEST_P(ResourceTest, ErasingAPersonLeavesNothingOfThem) {
  site_.fill();
  for (const char* email : {"ada@example.com", "bob@example.com", "Ada@Example.com"}) site_.deliver(email);
  EXPECT_EQ(site_.post("/users/1/erase", R"({"email":"bob@example.com"})").status, 422);
  const Answer erased = site_.post("/users/1/erase", R"({"email":"ADA@example.com"})");
  EXPECT_EQ(erased.body.at("deliveries_erased").as_int64(), 2);
  EXPECT_EQ(json::serialize(erased.audit.at(0).after).find("ada"), std::string::npos);
  EXPECT_EQ(site_.get("/users/1").status, 404);
  const std::string log = json::serialize(site_.get("/deliveries").body);
  EXPECT_EQ(log.find("ada@"), std::string::npos);
  EXPECT_NE(log.find("bob@"), std::string::npos);
}

TEST_P(ResourceTest, OverviewCountsAndPointsAtTrouble) {
  site_.fill();
  site_.deliver("ada@example.com");
  site_.deliver("nobody");
  site_.clock.advance(std::chrono::hours{24});
  site_.deliver("bob@example.com");
  const Answer overview = site_.get("/overview");
  const json::array& days = overview.body.at("days").as_array();
  ASSERT_EQ(days.size(), 7U);
  EXPECT_EQ(json::serialize(days[6]),
            R"({"date":"2030-01-02","new_members":1,"processed":1,"rejected":0,"failed":0,"duplicate":0,"ignored":0,)"
            R"("stale":0,"held":0})");
  EXPECT_EQ(days[5].at("rejected").as_int64(), 1);
  EXPECT_EQ(json::serialize(overview.body.at("webhooks")),
            R"([{"id":1,"name":"Shop","state":"active","days":[0,0,0,0,0,2,1],"held":0}])");
  EXPECT_EQ(overview.body.at("counts").at("users").as_int64(), 2);
  EXPECT_EQ(text(overview.body.at("attention").at(0).at("kind")), "public_url");
  site_.clock.advance(std::chrono::hours{24 * 8});
  EXPECT_EQ(text(site_.get("/overview").body.at("attention").at(0).at("kind")), "silent");
  const Answer settings = site_.get("/settings", Permission::view);
  EXPECT_EQ(text(settings.body.at("items").at(0).at("key")), "server.listen");
}

INSTANTIATE_TEST_SUITE_P(Stores, ResourceTest, testing::Bool(),
                         [](const auto& param) { return param.param ? "Sqlite" : "Memory"; });

TEST(Csv, QuotesAndDisarms) {
  const std::pair<const char*, const char*> cases[] = {
      {"plain", "\"plain\""},      {"a\"b", "\"a\"\"b\""},    {"=1+1", "\"'=1+1\""}, {"+1", "\"'+1\""},
      {"-1", "\"'-1\""},           {"@x", "\"'@x\""},         {"\tx", "\"'\tx\""},   {"\rx", "\"'\rx\""},
      {"\uff1d1", "\"'\uff1d1\""}, {"\uff20", "\"'\uff20\""}, {"a=1", "\"a=1\""},    {"", "\"\""},
      {"a\r\nb,c", "\"a\r\nb,c\""}};
  for (const auto& [cell, want] : cases) {
    std::string out;
    append_csv(out, {cell});
    EXPECT_EQ(out, std::string(want) + "\r\n");
  }
}

}  // namespace
}  // namespace postern
