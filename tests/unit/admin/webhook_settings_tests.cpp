// Source, secrets and protection of webhooks over the admin API.
#include "resource_site.h"

namespace postern {
namespace {

namespace json = boost::json;

std::string text(const json::value& value) {
  return value.as_string().c_str();
}

class WebhookSettingsTest : public ResourceTest {
 protected:
  void SetUp() override { site_.fill(); }
  Answer patch(const std::string& body) {
    return site_.call("PATCH", "/webhooks/1", body, site_.get("/webhooks/1").etag);
  }
};

TEST_P(WebhookSettingsTest, AWebhookIsAFormFromAnywhereByDefault) {
  const json::value webhook = site_.get("/webhooks/1").body;
  EXPECT_EQ(webhook.at("source"), json::parse(R"({"name":"form","title":"Form","webhook_id":"","url_action":null,
      "events":[],"conditions":[],"products":[],"skip_stale":true,"secrets":[],"warnings":[]})"));
  EXPECT_EQ(webhook.at("protection"), json::parse(R"({"networks":[],"webhook_rate":null,"address_rate":null,
      "expires_at":null})"));
}

TEST_P(WebhookSettingsTest, WhatIsGivenIsKeptAndTheRestStays) {
  const Answer made = site_.post("/webhooks", R"({"name":"Stripe","source":{"name":"stripe",
      "events":[{"type":"invoice.paid","action":"grant"}],"conditions":[{"subject":"/livemode","op":"eq","values":["true"]}],
      "products":[{"product":"price_1","spaces":[1],"courses":[2]}],"skip_stale":false},
      "protection":{"networks":["192.0.2.0/24"],"webhook_rate":{"per_minute":600,"burst":50},
      "address_rate":{"per_minute":60},"expires_at":"2031-01-01T00:00:00Z"}})");
  ASSERT_EQ(made.status, 201) << json::serialize(made.body);
  Answer shown = site_.get("/webhooks/2");
  const json::value source = shown.body.at("source");
  EXPECT_EQ(text(source.at("title")), "Stripe");
  EXPECT_EQ(source.at("products"), json::parse(R"([{"product":"price_1","spaces":[1],"courses":[2]}])"));
  EXPECT_NE(text(source.at("warnings").at(0)).find("No secret is kept"), std::string::npos);
  EXPECT_EQ(text(shown.body.at("summary")), "opens vip-lounge, rust-101 for product price_1");
  EXPECT_EQ(site_.get("/webhooks?search=STRIPE").body.at("items").as_array().size(), 1U);
  const std::string change = R"({"source":{"events":[]},"protection":{"webhook_rate":null,"networks":[]}})";
  shown = site_.call("PATCH", "/webhooks/2", change, shown.etag);
  ASSERT_EQ(shown.status, 200);
  EXPECT_EQ(shown.body.at("source").at("events").as_array().size(), 0U);
  EXPECT_EQ(shown.body.at("source").at("products"), source.at("products"));
  EXPECT_FALSE(shown.body.at("source").at("skip_stale").as_bool());
  EXPECT_EQ(shown.body.at("protection"), json::parse(R"({"networks":[],"webhook_rate":null,
      "address_rate":{"per_minute":60,"burst":0},"expires_at":"2031-01-01T00:00:00.000Z"})"));
  ASSERT_EQ(shown.audit.size(), 1U);
  EXPECT_NE(shown.audit[0].before, shown.audit[0].after);
  shown = site_.call("PATCH", "/webhooks/2", R"({"protection":{"expires_at":null}})", shown.etag);
  EXPECT_TRUE(shown.body.at("protection").at("expires_at").is_null());
}

TEST_P(WebhookSettingsTest, EveryWrongMemberIsNamed) {
  EXPECT_EQ(
      patch(R"({"source":{"name":"stripe","url_action":"give","events":[{"type":"a"},{"type":"b","action":"x","y":1}],
      "conditions":[7]},"protection":{"networks":["x"],"webhook_rate":{"burst":1},"address_rate":{"per_minute":0}}})")
          .errors(),
      "source.url_action is none of grant, revoke, ignore, link; source.events[0].action is missing; "
      "source.events[1].action is none of grant, revoke, ignore, link; source.events[1].y is not known here; "
      "source.conditions holds something that is no object; "
      "protection.networks names 'x', which is no address or network such as 192.0.2.0/24; "
      "protection.webhook_rate.per_minute is missing; "
      "protection.address_rate.per_minute is no whole number from 1 to 1000000; ");
  EXPECT_EQ(
      patch(R"({"source":{"name":"stripe","conditions":[{"subject":"/a","op":"is","values":["b"]}],
      "products":[{"product":"p","spaces":[2]}]},"protection":{"expires_at":"2001-01-01T00:00:00Z"}})")
          .errors(),
      "source.conditions has the operator 'is'; there are eq, ne, in, not_in, exists, absent, contains, gt, ge, lt "
      "and le; source.products names 2 for 'p', which is no space; "
      "protection.expires_at is over already: 2001-01-01T00:00:00.000Z. To switch it off now, disable it; ");
  EXPECT_EQ(patch(R"({"source":{"name":"nobody"}})").errors(),
            "source.name is 'nobody', which is no source that there is; ");
  EXPECT_EQ(text(site_.get("/webhooks/1").body.at("source").at("name")), "form");
}

TEST_P(WebhookSettingsTest, ASecretGoesInAndNeverComesOut) {
  const std::string secret = R"({"secret":" whsec_do_not_tell \n"})";
  EXPECT_EQ(site_.post("/webhooks/1/secrets", secret).errors(),
            "secret needs a source that uses one; choose the source first; ");
  ASSERT_EQ(patch(R"({"source":{"name":"stripe"}})").status, 200);
  const Answer added = site_.post("/webhooks/1/secrets", secret);
  ASSERT_EQ(added.status, 200) << json::serialize(added.body);
  EXPECT_EQ(added.body.at("source").at("secrets"),
            json::parse(R"([{"id":1,"created_at":"2030-01-01T00:00:00.000Z","expires_at":null}])"));
  EXPECT_TRUE(added.body.at("source").at("warnings").as_array().size() <= 1);  // What Stripe's requests lack.
  ASSERT_EQ(added.audit.size(), 1U);
  EXPECT_EQ(added.audit[0].action, "webhook.add_secret");
  for (const json::value& each : {added.body, added.audit[0].before, added.audit[0].after}) {
    EXPECT_EQ(json::serialize(each).find("do_not_tell"), std::string::npos);
  }
  const auto catalog = site_.store().load_catalog();
  EXPECT_EQ(site_.unsealed(catalog->webhooks[0].source.secrets[0].sealed), "whsec_do_not_tell");
  EXPECT_EQ(site_.post("/webhooks/1/secrets", R"({"secret":"next","grace":"24h"})").status, 200);
  const json::value secrets = site_.get("/webhooks/1").body.at("source").at("secrets");
  EXPECT_EQ(secrets.at(0).at("id").as_int64(), 2);
  EXPECT_EQ(text(secrets.at(1).at("expires_at")), "2030-01-02T00:00:00.000Z");
  const Answer removed = site_.call("DELETE", "/webhooks/1/secrets/1");
  EXPECT_EQ(removed.status, 200);
  EXPECT_EQ(removed.audit.at(0).action, "webhook.remove_secret");
  EXPECT_EQ(removed.body.at("source").at("secrets").as_array().size(), 1U);
  EXPECT_EQ(site_.call("DELETE", "/webhooks/1/secrets/1").status, 404);
  EXPECT_EQ(site_.post("/webhooks/1/secrets", R"({"secret":"","grace":"never"})").errors(),
            "secret is empty; grace is no time such as 0s, 30m, 24h or 7d; ");
  EXPECT_EQ(site_.call("POST", "/webhooks/1/secrets", secret, {}, Permission::payloads).status, 403);
  EXPECT_EQ(site_.call("DELETE", "/webhooks/1/secrets/2", {}, {}, Permission::payloads).status, 403);
}

TEST_P(WebhookSettingsTest, ASecretThatTheSourceCannotUseIsRefused) {
  ASSERT_EQ(patch(R"({"source":{"name":"chargebee"}})").status, 200);
  const std::string errors = site_.post("/webhooks/1/secrets", R"({"secret":"pa55"})").errors();
  EXPECT_NE(errors.find("user:password"), std::string::npos);
  EXPECT_EQ(errors.find("pa55"), std::string::npos);
}

TEST_P(WebhookSettingsTest, TheOverviewTellsWhatKeepsRequestsOut) {
  const auto kinds = [&] {
    std::string out;
    const json::value overview = site_.get("/overview").body;
    for (const json::value& each : overview.at("attention").as_array()) out += text(each.at("kind")) + " ";
    return out;
  };
  EXPECT_EQ(kinds().find("secret"), std::string::npos);
  ASSERT_EQ(patch(R"({"source":{"name":"stripe"},"protection":{"expires_at":"2030-01-03T00:00:00Z"}})").status, 200);
  EXPECT_NE(kinds().find("secret expiring_webhook "), std::string::npos);
  site_.post("/webhooks/1/secrets", R"({"secret":"whsec_x"})");
  patch(R"({"protection":{"expires_at":"2030-02-01T00:00:00Z"}})");
  EXPECT_EQ(kinds().find("secret"), std::string::npos);
  EXPECT_EQ(kinds().find("expiring_webhook"), std::string::npos);
}

TEST_P(WebhookSettingsTest, SourcesAreListedAndExplained) {
  const json::value list = site_.get("/sources").body.at("items");
  EXPECT_GT(list.as_array().size(), 40U);
  const Answer stripe = site_.get("/sources/stripe");
  EXPECT_EQ(text(stripe.body.at("proof")), "signature (secret)");
  EXPECT_TRUE(stripe.body.at("needs_secret").as_bool());
  EXPECT_GT(stripe.body.at("fields").at("email").as_array().size(), 0U);
  EXPECT_GT(stripe.body.at("rules").as_array().size(), 0U);
  EXPECT_EQ(site_.get("/sources/nobody").status, 404);
}

TEST_P(WebhookSettingsTest, InterpretTellsWhatWouldBeDone) {
  const std::string body =
      R"({"source":{"name":"woocommerce","conditions":[{"subject":"/total","op":"gt","values":["5"]}],
      "products":[{"product":"93","spaces":[1]}]},"content_type":"application/json",
      "headers":[{"name":"X-WC-Webhook-Topic","value":"order.updated"}],
      "body":"{\"id\":727,\"status\":\"completed\",\"total\":\"29.35\",\"billing\":{\"email\":\"john@example.com\",)"
      R"(\"first_name\":\"John\"},\"line_items\":[{\"product_id\":93}]}"})";
  const Answer read = site_.post("/webhooks/1/interpret", body);
  ASSERT_EQ(read.status, 200) << json::serialize(read.body);
  ASSERT_TRUE(read.body.at("rejection").is_null()) << json::serialize(read.body);
  const json::value event = read.body.at("events").at(0);
  EXPECT_EQ(text(event.at("email")), "john@example.com");
  EXPECT_TRUE(event.at("email_valid").as_bool());
  EXPECT_EQ(text(event.at("action")), "grant");
  EXPECT_EQ(event.at("conditions"), json::parse("[true]"));
  EXPECT_EQ(event.at("products"), json::parse(R"(["93"])"));
  EXPECT_EQ(event.at("effects").at("add_spaces"), json::parse(R"([{"id":1,"title":"VIP Lounge"}])"));
  EXPECT_NE(json::serialize(read.body.at("values")).find(R"({"path":"/billing/email","value":"john@example.com"})"),
            std::string::npos);
  // It was only asked.
  EXPECT_EQ(text(site_.get("/webhooks/1").body.at("source").at("name")), "form");
  EXPECT_TRUE(read.audit.empty());
  EXPECT_EQ(site_.call("POST", "/webhooks/1/interpret", body, {}, Permission::view).status, 403);
  EXPECT_EQ(site_.post("/webhooks/9/interpret", body).status, 404);
  EXPECT_EQ(site_.post("/webhooks/1/interpret", R"({"source":{"name":"nobody"}})").errors(),
            "source.name is 'nobody', which is no source that there is; body is missing; ");
}

TEST_P(WebhookSettingsTest, InterpretReadsADeliveryThatIsKept) {
  const std::string id = text(site_.deliver("ada@example.com").body.at("delivery").at("id"));
  const Answer read = site_.post("/webhooks/1/interpret", R"({"delivery":")" + id + R"("})");
  ASSERT_EQ(read.status, 200);
  EXPECT_EQ(text(read.body.at("events").at(0).at("decided_by")), "form");
  EXPECT_EQ(read.body.at("values").at(1), json::parse(R"({"path":"/plan","value":"gold"})"));
  EXPECT_EQ(site_.post("/webhooks/1/interpret", R"({"delivery":"1m87pba6b0000"})").status, 404);
}

INSTANTIATE_TEST_SUITE_P(Stores, WebhookSettingsTest, testing::Bool(),
                         [](const auto& each) { return each.param ? "Sqlite" : "Memory"; });

}  // namespace
}  // namespace postern
