// Requests of senders that speak a dialect of their own, from the request to what the store holds afterwards.
#include "pipeline/read_request.h"
#include "pipeline/reply.h"
#include "pipeline/reply_group.h"
#include "store/memory/memory_store.h"
#include "unit/pipeline/site.h"

namespace postern {
namespace {

const KeyVault kVault(std::array<std::byte, 32>{});

class Sources : public testing::Test {
 protected:
  // `generic_automation` with a token, which has event, e-mail and names in plain fields.
  Webhook with_source(const std::string& name) const {
    Webhook webhook;
    webhook.effects.add_spaces = {site_.club};
    webhook.source.name = name;
    return webhook;
  }
  WebhookId add(Webhook webhook, const std::string& name) {
    const WebhookId id = site_.add(std::move(webhook), name);
    catalog_ = CatalogCache::create(store_, {nullptr, &kVault}).value();
    return id;
  }
  SourceSecret sealed(std::int64_t id, const std::string& text) {
    SeededRandom random(7);
    return {id, kVault.seal(Secret(text), random), site_.clock.now(), {}};
  }

  std::vector<Arrival> read(WebhookId id, const std::string& body, std::vector<http::Header> headers = {},
                            std::string_view query = {}) {
    const std::shared_ptr<const Catalog> catalog = catalog_->current();
    Arrival base;
    base.delivery.webhook = id;
    base.delivery.received_at = site_.clock.now();
    base.started = site_.clock.mono();
    headers.push_back({"Content-Type", "application/json"});
    const SignedRequest request{"POST", "https://example.com/hook", headers, query, body};
    return read_request(*catalog->find_webhook(id), *catalog->find_source(id), request, {.now = site_.clock.now()},
                        base);
  }
  // All events of the request in one transaction.
  std::vector<Arrival> deliver(WebhookId id, const std::string& body, std::vector<http::Header> headers = {}) {
    std::vector<Arrival> arrivals = read(id, body, std::move(headers));
    EXPECT_TRUE(site_.provision_all(arrivals));
    return arrivals;
  }
  Delivery one(WebhookId id, const std::string& body, std::vector<http::Header> headers = {}) {
    std::vector<Arrival> arrivals = deliver(id, body, std::move(headers));
    EXPECT_EQ(arrivals.size(), 1U);
    return arrivals.front().delivery;
  }
  bool is_member(const std::string& email, SpaceId space) {
    for (const Membership& each : site_.memberships(email)) {
      if (each.space == space) return true;
    }
    return false;
  }

  MemoryStore store_;
  Site site_{store_};
  std::unique_ptr<CatalogCache> catalog_;
};

TEST_F(Sources, GrantAddsAndRevokeTakesAway) {
  const WebhookId id = add(with_source("generic_automation"), "auto");
  const Delivery grant = one(id, R"({"event":"order.paid","email":"Ada@example.com","name":"Ada Lovelace"})");
  EXPECT_EQ(grant.status, DeliveryStatus::processed);
  EXPECT_EQ(grant.event, "order.paid");
  EXPECT_TRUE(grant.user_created);
  EXPECT_EQ(store_.find_user("ada@example.com").value()->last_name, "Lovelace");
  EXPECT_TRUE(is_member("ada@example.com", site_.club));
  const Delivery revoke = one(id, R"({"event":"revoke","email":"ada@example.com"})");
  EXPECT_EQ(revoke.status, DeliveryStatus::processed);
  ASSERT_EQ(revoke.outcomes.size(), 1U);
  EXPECT_EQ(revoke.outcomes[0].result, EffectResult::removed);
  EXPECT_FALSE(is_member("ada@example.com", site_.club));
}

TEST_F(Sources, WhoeverHasNothingLosesNothingAndIsNotCreated) {
  const WebhookId id = add(with_source("generic_automation"), "auto");
  const Delivery revoke = one(id, R"({"event":"revoke","email":"nobody@example.com"})");
  EXPECT_EQ(revoke.status, DeliveryStatus::ignored);
  EXPECT_EQ(revoke.http_status, 200);
  EXPECT_EQ(store_.counts()->users, 0);
}

TEST_F(Sources, AnEventThatMeansNothingIsIgnoredWithItsReason) {
  const WebhookId id = add(with_source("stripe"), "stripe");
  const std::shared_ptr<const Catalog> catalog = catalog_->current();
  Arrival base;
  base.delivery.webhook = id;
  const SignedRequest request{.method = "POST", .body = R"({"id":"evt_1","type":"charge.updated","data":{}})"};
  std::vector<Arrival> arrivals =
      read_request(*catalog->find_webhook(id), *catalog->find_source(id), request, {.check_proof = false}, base);
  ASSERT_TRUE(site_.provision_all(arrivals));
  const Delivery& delivery = arrivals.front().delivery;
  EXPECT_EQ(delivery.status, DeliveryStatus::ignored);
  EXPECT_NE(delivery.message.find("charge.updated"), std::string::npos) << delivery.message;
  const http::Response reply = render_reply(arrivals.front());
  EXPECT_EQ(reply.status, 200);
  EXPECT_NE(reply.body.find(R"("status":"ignored")"), std::string::npos) << reply.body;
}

TEST_F(Sources, ARequestWithoutProofIsRefusedAndLeavesARow) {
  Webhook webhook = with_source("generic_automation");
  webhook.source.secrets = {sealed(1, "let me in")};
  const WebhookId id = add(webhook, "auto");
  const std::string body = R"({"email":"ada@example.com"})";
  const Delivery refused = one(id, body, {{"Authorization", "Bearer guess"}});
  EXPECT_EQ(refused.status, DeliveryStatus::rejected);
  EXPECT_EQ(refused.code, "invalid_signature");
  EXPECT_EQ(refused.http_status, 401);
  EXPECT_EQ(store_.counts()->users, 0);
  EXPECT_EQ(one(id, body, {{"Authorization", "Bearer let me in"}}).status, DeliveryStatus::processed);
}

TEST_F(Sources, AnotherKeyFileMakesTheSourceUnusableNotOpen) {
  Webhook webhook = with_source("generic_automation");
  webhook.source.secrets = {{1, "not sealed by this vault", site_.clock.now(), {}}};
  const WebhookId id = add(webhook, "auto");
  const Delivery refused = one(id, R"({"email":"ada@example.com"})");
  EXPECT_EQ(refused.http_status, 503);
  EXPECT_EQ(refused.status, DeliveryStatus::failed);
  EXPECT_NE(catalog_->current()->find_source(id)->problem, "");
  Webhook gone = with_source("no_such_source");
  EXPECT_EQ(one(add(gone, "gone"), R"({"email":"ada@example.com"})").http_status, 503);
}

TEST_F(Sources, TheProductMapOpensAndCloses) {
  Webhook webhook;
  webhook.source.name = "woocommerce";
  webhook.source.products = {{"11", {site_.club}, {}}, {"12", {}, {site_.course}}};
  const WebhookId id = add(webhook, "shop");
  const auto order = [](const char* status, const char* products) {
    return std::string(R"({"id":7,"status":")") + status + R"(","billing":{"email":"ada@example.com"},"line_items":)" +
           products + "}";
  };
  const std::vector<http::Header> topic{{"X-WC-Webhook-Topic", "order.updated"}};
  const auto say = [&](const std::string& body) {
    const std::shared_ptr<const Catalog> catalog = catalog_->current();
    Arrival base;
    base.delivery.webhook = id;
    base.delivery.content_type = "application/json";
    std::vector<Arrival> arrivals{
        read_again(*catalog, "X-WC-Webhook-Topic: order.updated\n", body, FormLimits(), base)};
    EXPECT_TRUE(site_.provision_all(arrivals));
    return arrivals.front().delivery;
  };
  EXPECT_EQ(say(order("completed", R"([{"product_id":11},{"product_id":12}])")).status, DeliveryStatus::processed);
  EXPECT_TRUE(is_member("ada@example.com", site_.club));
  EXPECT_TRUE(is_member("ada@example.com", site_.course));
  EXPECT_EQ(say(order("refunded", R"([{"product_id":12}])")).status, DeliveryStatus::processed);
  EXPECT_TRUE(is_member("ada@example.com", site_.club));
  EXPECT_FALSE(is_member("ada@example.com", site_.course));
  const Delivery other = say(order("completed", R"([{"product_id":99}])"));
  EXPECT_EQ(other.status, DeliveryStatus::ignored);
  EXPECT_NE(other.message.find("99"), std::string::npos);
}

TEST_F(Sources, ConditionsAndTheWebhooksOwnEventsDecide) {
  Webhook webhook = with_source("generic_automation");
  webhook.source.conditions = {{"/total", "ge", {"10"}}};
  webhook.source.events = {{"upgraded", SourceAction::ignore}};
  const WebhookId id = add(webhook, "auto");
  const Delivery small = one(id, R"({"email":"a@example.com","total":9.99})");
  EXPECT_EQ(small.status, DeliveryStatus::ignored);
  EXPECT_NE(small.message.find("/total ge 10"), std::string::npos) << small.message;
  EXPECT_EQ(one(id, R"({"email":"a@example.com","total":10})").status, DeliveryStatus::processed);
  EXPECT_EQ(one(id, R"({"email":"b@example.com","event":"upgraded","total":10})").status, DeliveryStatus::ignored);
}

TEST_F(Sources, AFormMayHaveConditionsToo) {
  Webhook webhook = with_source(std::string(kFormSource));
  webhook.source.conditions = {{"/plan", "in", {"gold", "silver"}}};
  const WebhookId id = add(webhook, "form");
  EXPECT_EQ(one(id, R"({"email":"a@example.com","plan":"free"})").status, DeliveryStatus::ignored);
  EXPECT_EQ(one(id, R"({"email":"a@example.com","plan":"gold"})").status, DeliveryStatus::processed);
  EXPECT_EQ(one(id, R"({"email":"none","plan":"gold"})").code, "invalid_email");
  EXPECT_EQ(catalog_->current()->find_source(site_.join), nullptr);
}

TEST_F(Sources, ARepeatedEventGetsTheFirstReplyWhateverItsBody) {
  const WebhookId id = add(with_source("generic_automation"), "auto");
  const std::vector<http::Header> headers{{"Idempotency-Key", "evt-1"}};
  const Delivery first = one(id, R"({"email":"ada@example.com"})", headers);
  std::vector<Arrival> again = deliver(id, R"({"email":"ada@example.com","attempt":2})", headers);
  EXPECT_EQ(again[0].delivery.status, DeliveryStatus::duplicate);
  EXPECT_EQ(again[0].delivery.duplicate_of, first.id);
  EXPECT_EQ(render_reply(again[0]).status, 200);
}

TEST_F(Sources, ARepeatOfAnIgnoredEventIsADuplicateToo) {
  Webhook webhook = with_source("generic_automation");
  webhook.source.events = {{"noise", SourceAction::ignore}};
  const WebhookId id = add(webhook, "auto");
  const std::vector<http::Header> headers{{"Idempotency-Key", "evt-1"}};
  const std::string body = R"({"email":"ada@example.com","event":"noise"})";
  std::vector<Arrival> batch = read(id, body, headers);
  batch.push_back(read(id, body, headers).front());
  ASSERT_TRUE(site_.provision_all(batch));
  EXPECT_EQ(batch[0].delivery.status, DeliveryStatus::ignored);
  EXPECT_EQ(batch[1].delivery.status, DeliveryStatus::duplicate);
  EXPECT_EQ(one(id, body, headers).status, DeliveryStatus::duplicate);
}

class Orders : public Sources {
 protected:
  Orders() {
    Webhook webhook = with_source("lemon_squeezy");
    id_ = add(webhook, "lemon");
  }
  Delivery send(const std::string& event, const std::string& order, const std::string& at,
                const std::string& email = "ada@example.com") {
    std::vector<Arrival> arrivals{arrival(event, order, at, email)};
    EXPECT_TRUE(site_.provision_all(arrivals));
    return arrivals.front().delivery;
  }
  Arrival arrival(const std::string& event, const std::string& order, const std::string& at,
                  const std::string& email = "ada@example.com") {
    Arrival out;
    out.delivery.webhook = id_;
    out.delivery.received_at = site_.clock.now();
    out.event.email = email;
    out.email_key = email;
    Notice& notice = out.event.notice.emplace();
    notice.action = parse_source_action(event).value();
    notice.order_ref = order;
    notice.time = parse_time_of(at);
    return out;
  }
  static WallTime parse_time_of(const std::string& minutes) {
    return WallTime{std::chrono::sys_days{std::chrono::year{2030} / 1 / 1}} + std::chrono::minutes{std::stoi(minutes)};
  }
  WebhookId id_;
};

TEST_F(Orders, AnOlderEventOfTheSameOrderIsStale) {
  EXPECT_EQ(send("grant", "o1", "10").status, DeliveryStatus::processed);
  EXPECT_EQ(send("revoke", "o1", "20").status, DeliveryStatus::processed);
  const Delivery late = send("grant", "o1", "15");
  EXPECT_EQ(late.status, DeliveryStatus::stale);
  EXPECT_EQ(late.http_status, 200);
  EXPECT_FALSE(is_member("ada@example.com", site_.club));
  EXPECT_EQ(send("grant", "o1", "25").status, DeliveryStatus::processed);
  EXPECT_TRUE(is_member("ada@example.com", site_.club));
}

// Somebody buys again, and the refund of the first order comes late.
TEST_F(Orders, WhatANewerEventOfAnotherOrderHasDecidedIsLeftAsItIs) {
  EXPECT_EQ(send("grant", "o2", "30").status, DeliveryStatus::processed);
  EXPECT_EQ(send("revoke", "o1", "20").status, DeliveryStatus::stale);
  EXPECT_TRUE(is_member("ada@example.com", site_.club));
}

TEST_F(Orders, OfSeveralSpacesOnlyThoseAreLeftOut) {
  Webhook webhook = *catalog_->current()->find_webhook(id_);
  webhook.source.products = {{"extra", {site_.shop}, {}}};
  ASSERT_TRUE(store_.update_webhook(webhook));
  EXPECT_EQ(send("revoke", "o1", "30").status, DeliveryStatus::ignored);
  Arrival grant = arrival("grant", "o2", "20");
  grant.event.notice->products = {"extra"};
  std::vector<Arrival> arrivals{std::move(grant)};
  ASSERT_TRUE(site_.provision_all(arrivals));
  EXPECT_EQ(arrivals[0].delivery.status, DeliveryStatus::processed);
  EXPECT_NE(arrivals[0].delivery.message.find("newer event"), std::string::npos) << arrivals[0].delivery.message;
  EXPECT_TRUE(is_member("ada@example.com", site_.shop));
  EXPECT_FALSE(is_member("ada@example.com", site_.club));
}

TEST_F(Orders, TheSameTimeIsNotOlder) {
  send("revoke", "o1", "20");
  EXPECT_EQ(send("grant", "o1", "20").status, DeliveryStatus::processed);
}

TEST_F(Orders, ARefundBeforeItsPurchaseKeepsThePurchaseOut) {
  EXPECT_EQ(send("revoke", "o1", "20").status, DeliveryStatus::ignored);
  EXPECT_EQ(send("grant", "o1", "10").status, DeliveryStatus::stale);
  EXPECT_EQ(store_.counts()->users, 0);
}

TEST_F(Orders, WithinOneBatchToo) {
  std::vector<Arrival> batch{arrival("revoke", "o1", "20"), arrival("grant", "o1", "10"), arrival("grant", "o1", "30")};
  ASSERT_TRUE(site_.provision_all(batch));
  EXPECT_EQ(batch[1].delivery.status, DeliveryStatus::stale);
  EXPECT_EQ(batch[2].delivery.status, DeliveryStatus::processed);
  EXPECT_TRUE(is_member("ada@example.com", site_.club));
}

TEST_F(Orders, AWebhookMayTakeStaleEventsAll) {
  Webhook webhook = *catalog_->current()->find_webhook(id_);
  webhook.source.skip_stale = false;
  ASSERT_TRUE(store_.update_webhook(webhook));
  send("revoke", "o1", "20");
  EXPECT_EQ(send("grant", "o1", "10").status, DeliveryStatus::processed);
}

TEST_F(Orders, ARefusedEventDoesNotMakeOlderOnesStale) {
  site_.policy.create_users = false;
  EXPECT_EQ(send("grant", "o1", "20").code, "user_creation_disabled");
  site_.policy.create_users = true;
  EXPECT_EQ(send("grant", "o1", "10").status, DeliveryStatus::processed);
}

class Numbers : public Orders {
 protected:
  Arrival numbered(const std::string& event, const std::string& number, const std::string& email) {
    Arrival out = arrival(event, "", "10", email);
    out.event.notice->time.reset();
    out.event.notice->external_id = number;
    return out;
  }
  Delivery run(Arrival one) {
    std::vector<Arrival> arrivals{std::move(one)};
    EXPECT_TRUE(site_.provision_all(arrivals));
    return arrivals.front().delivery;
  }
};

TEST_F(Numbers, AnEventWithoutAnAddressFindsThePersonByNumber) {
  EXPECT_EQ(run(numbered("grant", "cus_1", "ada@example.com")).status, DeliveryStatus::processed);
  const Delivery revoke = run(numbered("revoke", "cus_1", ""));
  EXPECT_EQ(revoke.status, DeliveryStatus::processed);
  EXPECT_EQ(revoke.email, "ada@example.com");
  EXPECT_FALSE(is_member("ada@example.com", site_.club));
}

TEST_F(Numbers, AnUnknownNumberIsRefusedSoThatItComesAgain) {
  const Delivery unknown = run(numbered("revoke", "cus_9", ""));
  EXPECT_EQ(unknown.code, "missing_email");
  EXPECT_NE(unknown.message.find("cus_9"), std::string::npos);
}

TEST_F(Numbers, ALinkIsRememberedAndChangesNoMembership) {
  EXPECT_EQ(run(numbered("link", "cus_1", "ada@example.com")).status, DeliveryStatus::processed);
  EXPECT_EQ(store_.counts()->users, 0);
  EXPECT_EQ(run(numbered("grant", "cus_1", "")).status, DeliveryStatus::processed);
  EXPECT_TRUE(is_member("ada@example.com", site_.club));
}

TEST_F(Numbers, ALinkWithoutANumberTellsNothing) {
  EXPECT_EQ(run(numbered("link", "", "ada@example.com")).status, DeliveryStatus::ignored);
}

TEST_F(Numbers, AnEventWhoseProductIsUnknownStillTellsWhoseNumberItIs) {
  Webhook webhook = *catalog_->current()->find_webhook(id_);
  webhook.effects = {};
  webhook.source.products = {{"gold", {site_.club}, {}}};
  ASSERT_TRUE(store_.update_webhook(webhook));
  EXPECT_EQ(run(numbered("grant", "cus_1", "ada@example.com")).status, DeliveryStatus::ignored);
  Arrival later = numbered("grant", "cus_1", "");
  later.event.notice->products = {"gold"};
  EXPECT_EQ(run(std::move(later)).status, DeliveryStatus::processed);
  EXPECT_TRUE(is_member("ada@example.com", site_.club));
}

TEST_F(Numbers, WithinOneBatchAndWhenTheBatchIsTriedAgain) {
  std::vector<Arrival> batch{numbered("grant", "cus_1", "ada@example.com"), numbered("revoke", "cus_1", "")};
  {
    std::vector<Arrival*> pointers{&batch[0], &batch[1]};
    const auto transaction = store_.begin().value();
    const auto current = catalog_->at_generation(transaction->catalog_generation()).value();
    ASSERT_TRUE(provision(*transaction, *current, site_.policy, site_.clock, site_.hints, pointers));
  }  // Not committed.
  ASSERT_TRUE(site_.provision_all(batch));
  EXPECT_EQ(batch[1].delivery.email, "ada@example.com");
  EXPECT_FALSE(is_member("ada@example.com", site_.club));
  EXPECT_EQ(store_.counts()->users, 1);
}

TEST_F(Sources, AlwaysTwoHundredForSendersThatGiveUp) {
  Webhook webhook = with_source("woocommerce");
  webhook.source.secrets = {sealed(1, "s")};
  const WebhookId id = add(webhook, "woo");
  std::vector<Arrival> refused =
      deliver(id, R"({"id":1})", {{"X-WC-Webhook-Topic", "order.created"}, {"X-WC-Webhook-Signature", "bm8="}});
  EXPECT_EQ(refused[0].delivery.status, DeliveryStatus::rejected);
  EXPECT_EQ(refused[0].delivery.http_status, 200);
  const http::Response reply = render_reply(refused[0]);
  EXPECT_EQ(reply.status, 200);
  EXPECT_NE(reply.body.find(R"("success":false)"), std::string::npos);
  EXPECT_EQ(render_stored_reply(refused[0].delivery, {}).body, reply.body);
  EXPECT_EQ(render_stored_reply(refused[0].delivery, {}).status, 200);
}

TEST_F(Sources, ASendersTestOfTheUrlIsAnsweredWithoutProof) {
  Webhook webhook = with_source("woocommerce");
  webhook.source.secrets = {sealed(1, "s")};
  const WebhookId id = add(webhook, "woo");
  const Delivery probe = one(id, R"({"webhook_id":5})");
  EXPECT_EQ(probe.status, DeliveryStatus::ignored);
  EXPECT_EQ(probe.http_status, 200);
}

TEST_F(Sources, EachEventOfARequestIsADelivery) {
  Webhook webhook = with_source("auth0_logs");
  webhook.source.secrets = {sealed(1, "t")};
  webhook.source.events = {{"ss", SourceAction::grant}};
  const WebhookId id = add(webhook, "auth0");
  const std::string body = R"([{"log_id":"1","data":{"type":"ss","log_id":"1","user_name":"a@example.com"}},)"
                           R"({"log_id":"2","data":{"type":"ss","log_id":"2","user_name":"b@example.com"}}])";
  const std::vector<Arrival> done = deliver(id, body, {{"Authorization", "Bearer t"}});
  ASSERT_EQ(done.size(), 2U);
  EXPECT_EQ(done[0].delivery.email, "a@example.com");
  EXPECT_EQ(done[1].delivery.email, "b@example.com");
  Arrival base;
  base.delivery.webhook = id;
  base.delivery.content_type = "application/json";
  const auto again = read_again(*catalog_->current(), done[1].delivery.request_head, body, FormLimits(), base);
  EXPECT_EQ(again.event.email, "b@example.com");
}

TEST_F(Sources, WhatTheSourceReadsOfAHeadIsKeptAndReadAgain) {
  const WebhookId id = add(with_source("woocommerce"), "woo");
  const std::shared_ptr<const Catalog> catalog = catalog_->current();
  Arrival base;
  base.delivery.webhook = id;
  base.delivery.content_type = "application/json";
  const std::vector<http::Header> headers{{"X-WC-Webhook-Topic", "order.created"},
                                          {"X-WC-Webhook-Signature", "c2VjcmV0"},
                                          {"Content-Type", "application/json"},
                                          {"Cookie", "session=1"}};
  const std::string body = R"({"id":7,"status":"completed","billing":{"email":"ada@example.com"}})";
  const SignedRequest request{"POST", "https://example.com/hook", headers, "key=secret", body};
  const Arrival read =
      read_request(*catalog->find_webhook(id), *catalog->find_source(id), request, {.check_proof = false}, base)
          .front();
  EXPECT_NE(read.delivery.request_head.find("x-wc-webhook-topic: order.created\n"), std::string::npos);
  for (const char* secret : {"c2VjcmV0", "session", "secret"}) {
    EXPECT_EQ(read.delivery.request_head.find(secret), std::string::npos) << read.delivery.request_head;
  }
  const Arrival again = read_again(*catalog, read.delivery.request_head, body, FormLimits(), base);
  EXPECT_FALSE(again.fault);
  EXPECT_EQ(again.event.email, "ada@example.com");
  EXPECT_EQ(again.event.notice->action, SourceAction::grant);
}

TEST(ReplyGroupTest, OneReplyTellsOfAllEvents) {
  const auto response = [](int status, const char* body) {
    http::Response out;
    out.status = status;
    out.body = body;
    return out;
  };
  const http::Response both = join_responses(Dialect::rest, {response(400, R"({"a":1})"), response(200, R"({"b":2})")});
  EXPECT_EQ(both.status, 200);
  EXPECT_EQ(
      both.body,
      R"({"success":true,"message":"The request held 2 events, 1 of them were taken","events":[{"a":1},{"b":2}]})");
  EXPECT_EQ(join_responses(Dialect::rest, {response(200, "{}"), response(503, "{}")}).status, 503);
  EXPECT_EQ(join_responses(Dialect::rest, {response(400, "{}"), response(401, "{}")}).status, 400);
  EXPECT_EQ(join_responses(Dialect::plugin, {response(423, "x"), response(200, "y")}).body, "y");
}

}  // namespace
}  // namespace postern
