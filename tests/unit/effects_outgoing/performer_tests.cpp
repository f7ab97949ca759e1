// From a delivery to the events about it, and from an event to what is sent.
#include "crypto/event_signature.h"
#include "effects/lanes.h"
#include "effects/outgoing/performers.h"
#include "manage/endpoints.h"
#include "store/memory/memory_store.h"
#include "store/outbox_store.h"
#include "support/fake_clock.h"

#include <boost/json.hpp>

namespace postern {
namespace {

namespace json = boost::json;
using std::chrono::hours;
using std::chrono::seconds;

class NoLog final : public Log {
 public:
  void write(LogLevel, std::string_view event, LogFields) override { events.emplace_back(event); }
  std::vector<std::string> events;
};

class FakeSender final : public OutgoingSender {
 public:
  OutgoingReply send(const OutgoingRequest& request) override {
    sent.push_back(request);
    bodies.emplace_back(request.body);
    return reply;
  }
  OutgoingReply reply{.status = 200, .response = "ok"};
  std::vector<OutgoingRequest> sent;
  std::vector<std::string> bodies;
};

class OutgoingTest : public testing::Test {
 protected:
  OutgoingTest() {
    space_ = store_.add_space({.slug = "premium", .title = "Premium"}).value();
    webhook_ = store_.add_webhook({.name = "Shop"}).value();
    catalog_ = CatalogCache::create(store_).value();
  }

  EndpointId endpoint(std::vector<std::string> events = {}) {
    const Endpoint made{
        .name = "CRM", .url = "https://crm.example/", .events = std::move(events), .created_at = clock_.now()};
    return make_endpoint(store_, vault_, random_, made).value().endpoint.id;
  }
  Endpoint find(EndpointId id) { return store_.find_endpoint(id).value().value(); }

  // A delivery that made Ada a member of the space.
  DeliveryId deliver() {
    Change change;
    change.delivery = {.id = delivery_id_at(clock_.now()),
                       .received_at = clock_.now(),
                       .webhook = webhook_,
                       .payload = "email=ada%40example.com&card=4111",
                       .email = "ada@example.com",
                       .message = "done",
                       .user_created = true,
                       .outcomes = {{space_, SpaceKind::space, "premium", EffectResult::added},
                                    {{9}, SpaceKind::space, "", EffectResult::not_found},
                                    {{8}, SpaceKind::course, "old", EffectResult::removed}}};
    change.create = NewUser{.email = "ada@example.com", .login = "ada", .first_name = "Ada"};
    change.email_key = "ada@example.com";
    const DeliveryId id = change.delivery.id;
    const auto transaction = store_.begin().value();
    EXPECT_TRUE(transaction->apply(std::span(&change, 1)));
    EXPECT_TRUE(transaction->commit());
    return id;
  }

  Outcome expand(const NewEffect& effect) {
    OutboxRow row{.id = {7}, .effect = effect, .created_at = clock_.now()};
    row.effect.kind = EffectKind::events;
    return EventsPerformer({store_, store_, store_, *catalog_, clock_}).perform(row);
  }
  Outcome send(EndpointId id) {
    const OutboxRow row{.id = {8},
                        .effect = {.kind = EffectKind::event,
                                   .endpoint = id,
                                   .event_type = "user.created",
                                   .event_id = "evt_1_1",
                                   .data = R"({"type":"user.created"})"}};
    return EventPerformer({store_, sender_, vault_, clock_, log_}, hours{24}).perform(row);
  }

  MemoryStore store_;
  FakeClock clock_;
  SeededRandom random_{1};
  KeyVault vault_{std::array<std::byte, 32>{}};
  FakeSender sender_;
  NoLog log_;
  SpaceId space_;
  WebhookId webhook_;
  std::unique_ptr<CatalogCache> catalog_;
};

std::vector<std::string> types(const Outcome& outcome) {
  std::vector<std::string> out;
  for (const NewEffect& each : outcome.follow_ups) out.push_back(each.event_type);
  return out;
}

TEST_F(OutgoingTest, TellsWhatADeliveryDidInOrder) {
  const EndpointId id = endpoint();
  const DeliveryId delivery = deliver();
  const Outcome outcome = expand({.delivery = delivery});
  EXPECT_EQ(outcome.kind, Outcome::Kind::done);
  EXPECT_EQ(types(outcome),
            (std::vector<std::string>{"user.created", "membership.added", "membership.removed", "delivery.processed"}));
  const NewEffect& added = outcome.follow_ups[1];
  EXPECT_EQ(added.kind, EffectKind::event);
  EXPECT_EQ(added.endpoint, id);
  EXPECT_EQ(added.delivery, delivery);
  EXPECT_EQ(added.event_id, "evt_" + to_text(delivery) + "_2");
  const json::value body = json::parse(added.data);
  EXPECT_EQ(body.at("type"), "membership.added");
  EXPECT_EQ(body.at("timestamp"), "2030-01-01T00:00:00.000Z");
  EXPECT_EQ(body.at("data").at("user").at("email"), "ada@example.com");
  EXPECT_EQ(body.at("data").at("user").at("first_name"), "Ada");
  EXPECT_EQ(body.at("data").at("space").at("title"), "Premium");
  EXPECT_EQ(body.at("data").at("webhook").at("name"), "Shop");
  EXPECT_EQ(body.at("data").at("result"), "added");
  for (const NewEffect& each : outcome.follow_ups) EXPECT_EQ(each.data.find("4111"), std::string::npos) << each.data;
}

TEST_F(OutgoingTest, TheSameRowMakesTheSameEventsAgain) {
  endpoint();
  const NewEffect effect{.delivery = deliver()};
  EXPECT_EQ(expand(effect).follow_ups, expand(effect).follow_ups);
}

TEST_F(OutgoingTest, EachEndpointGetsWhatItWants) {
  const EndpointId all = endpoint();
  const EndpointId some = endpoint({"membership.added", "order.paid"});
  const Outcome outcome = expand({.delivery = deliver()});
  std::map<EndpointId, int> n;
  for (const NewEffect& each : outcome.follow_ups) ++n[each.endpoint.value()];
  EXPECT_EQ(n, (std::map<EndpointId, int>{{all, 4}, {some, 1}}));
  // Both are told of the same event by the same id.
  EXPECT_EQ(outcome.follow_ups[1].event_id, outcome.follow_ups[2].event_id);
}

TEST_F(OutgoingTest, NothingToTellIsSkipped) {
  const DeliveryId delivery = deliver();
  EXPECT_EQ(expand({.delivery = delivery}).note, "There is no endpoint any more.");
  endpoint({"user.deleted"});
  const Outcome outcome = expand({.delivery = delivery});
  EXPECT_EQ(outcome.kind, Outcome::Kind::skipped);
  EXPECT_EQ(outcome.note, "No endpoint wants to know.");
}

TEST_F(OutgoingTest, ADeliveryThatHasLeftTheLogIsSkipped) {
  endpoint();
  const Outcome outcome = expand({.delivery = DeliveryId{12345}});
  EXPECT_EQ(outcome.kind, Outcome::Kind::skipped);
  EXPECT_EQ(outcome.note, "The delivery has left the log.");
}

TEST_F(OutgoingTest, WhoHasBeenErasedIsNotToldAbout) {
  endpoint();
  const DeliveryId delivery = deliver();
  ASSERT_TRUE(store_.erase_person("ada@example.com", std::nullopt, 100));
  ASSERT_TRUE(store_.remove_user(store_.find_user("ada@example.com").value()->id));
  const Outcome outcome = expand({.delivery = delivery});
  EXPECT_EQ(outcome.kind, Outcome::Kind::skipped);
  EXPECT_EQ(outcome.note, "The person has been erased.");
}

TEST_F(OutgoingTest, OfAUserWhoIsGoneOnlyWhatTheDeliverySays) {
  endpoint();
  const DeliveryId delivery = deliver();
  ASSERT_TRUE(store_.remove_user(store_.find_user("ada@example.com").value()->id));
  const Outcome outcome = expand({.delivery = delivery});
  ASSERT_EQ(outcome.follow_ups.size(), 4U);
  const json::value user = json::parse(outcome.follow_ups[0].data).at("data").at("user");
  EXPECT_EQ(user.at("email"), "ada@example.com");
  EXPECT_TRUE(user.at("first_name").is_null());
}

TEST(OutgoingEvents, FailedDeliveriesSayWhy) {
  Delivery delivery{.id = {5}, .status = DeliveryStatus::rejected, .http_status = 400, .code = "missing_email"};
  std::vector<OutgoingEvent> events = events_of(delivery, std::nullopt, {});
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].type, "delivery.failed");
  EXPECT_EQ(events[0].id, "evt_0000000000005_1");
  const json::value data = json::parse(events[0].body).at("data");
  EXPECT_EQ(data.at("delivery").at("status"), "rejected");
  EXPECT_EQ(data.at("delivery").at("code"), "missing_email");
  EXPECT_TRUE(data.at("user").is_null());
  delivery.status = DeliveryStatus::failed;
  events = events_of(delivery, std::nullopt, {});
  EXPECT_EQ(json::parse(events[0].body).at("data").at("delivery").at("status"), "failed");
  delivery.status = DeliveryStatus::duplicate;
  EXPECT_TRUE(events_of(delivery, std::nullopt, {}).empty());
}

TEST(OutgoingEvents, EveryTypeHasAnExample) {
  for (const EventType& each : event_types()) {
    EXPECT_EQ(json::parse(example_event(each.type)).at("type"), json::string_view(each.type.data(), each.type.size()));
  }
}

TEST_F(OutgoingTest, WhatAScriptEmitsIsToldAsIs) {
  endpoint({"order.paid"});
  const Outcome outcome =
      expand({.event_type = "order.paid", .event_id = "evt_x_h1", .data = R"({"order":[1,{"a":null}]})"});
  ASSERT_EQ(outcome.follow_ups.size(), 1U);
  EXPECT_EQ(outcome.follow_ups[0].event_id, "evt_x_h1");
  EXPECT_EQ(outcome.follow_ups[0].data,
            R"({"type":"order.paid","timestamp":"2030-01-01T00:00:00.000Z","data":{"order":[1,{"a":null}]}})");
  EXPECT_EQ(expand({.event_type = "order.paid"}).follow_ups.at(0).event_id, "evt_o7");
  EXPECT_EQ(expand({.event_type = "order.paid", .event_id = "a\r\nX-Evil: 1"}).follow_ups.at(0).event_id, "evt_o7");
}

TEST_F(OutgoingTest, AScriptCannotSayWhatOnlyPosternSays) {
  endpoint();
  for (const char* type : {"user.created", "delivery.failed", "endpoint.test", "Order", "a..b", ".a", "a b", "a\n"}) {
    EXPECT_EQ(expand({.event_type = type, .data = "{}"}).kind, Outcome::Kind::dead) << type;
  }
  for (const char* data : {"[]", "1", "{", "{}x", "nonsense"}) {
    EXPECT_EQ(expand({.event_type = "order.paid", .data = data}).kind, Outcome::Kind::dead) << data;
  }
}

TEST_F(OutgoingTest, SendsSignedAsStandardWebhooksAsks) {
  const EndpointId id = endpoint();
  const Outcome outcome = send(id);
  EXPECT_EQ(outcome.kind, Outcome::Kind::done);
  EXPECT_EQ(outcome.status, 200);
  ASSERT_EQ(sender_.sent.size(), 1U);
  EXPECT_EQ(sender_.sent[0].url, "https://crm.example/");
  EXPECT_EQ(sender_.bodies[0], R"({"type":"user.created"})");
  const std::string signature =
      sign_event(secret_of(find(id), vault_).value(), "evt_1_1", 1893456000, sender_.bodies[0]).value();
  EXPECT_EQ(sender_.sent[0].headers,
            (std::vector<std::pair<std::string, std::string>>{{"Content-Type", "application/json"},
                                                              {"webhook-id", "evt_1_1"},
                                                              {"webhook-timestamp", "1893456000"},
                                                              {"webhook-signature", signature}}));
  EXPECT_EQ(find(id).health.last_success_at, clock_.now());
}

TEST_F(OutgoingTest, SignsWithOldAndNewKeyUntilTheGraceIsOver) {
  const EndpointId id = endpoint();
  const Secret old = secret_of(find(id), vault_).value();
  Endpoint rotated = find(id);
  const Secret fresh = add_endpoint_key(rotated, vault_, random_, clock_.now(), hours{1});
  ASSERT_TRUE(store_.update_endpoint(rotated));
  send(id);
  const std::string body = R"({"type":"user.created"})";
  EXPECT_EQ(sender_.sent[0].headers[3].second, sign_event(fresh, "evt_1_1", 1893456000, body).value() + " " +
                                                   sign_event(old, "evt_1_1", 1893456000, body).value());
  clock_.advance(hours{1});
  send(id);
  EXPECT_EQ(sender_.sent[1].headers[3].second, sign_event(fresh, "evt_1_1", 1893459600, body).value());
}

TEST_F(OutgoingTest, NothingIsSentUnsigned) {
  const EndpointId id = endpoint();
  Endpoint damaged = find(id);
  damaged.keys[0].sealed[30] = static_cast<char>(damaged.keys[0].sealed[30] ^ 1);
  ASSERT_TRUE(store_.update_endpoint(damaged));
  EXPECT_EQ(send(id).kind, Outcome::Kind::dead);
  damaged = find(id);
  damaged.keys.clear();
  ASSERT_TRUE(store_.update_endpoint(damaged));
  EXPECT_EQ(send(id).kind, Outcome::Kind::dead);
  EXPECT_TRUE(sender_.sent.empty());
}

TEST_F(OutgoingTest, OnlyTwoHundredsHaveArrived) {
  struct Case {
    int status;
    Outcome::Kind kind;
  };
  for (const auto& [status, kind] :
       {Case{200, Outcome::Kind::done}, Case{204, Outcome::Kind::done}, Case{301, Outcome::Kind::retry},
        Case{302, Outcome::Kind::retry}, Case{400, Outcome::Kind::retry}, Case{404, Outcome::Kind::retry},
        Case{410, Outcome::Kind::dead}, Case{429, Outcome::Kind::retry}, Case{500, Outcome::Kind::retry},
        Case{0, Outcome::Kind::retry}}) {
    sender_.reply = {.status = status, .problem = status == 0 ? "The receiver was not reached." : ""};
    const EndpointId id = endpoint();
    const Outcome outcome = send(id);
    EXPECT_EQ(outcome.kind, kind) << status;
    EXPECT_EQ(outcome.status, status);
    EXPECT_EQ(find(id).state(), status == 410                 ? EndpointState::paused
                                : kind == Outcome::Kind::done ? EndpointState::active
                                                              : EndpointState::failing)
        << status;
    EXPECT_EQ(find(id).health.problem, kind == Outcome::Kind::done ? "" : outcome.note);
  }
}

TEST_F(OutgoingTest, WaitsAsLongAsTheReceiverAsksButNotForever) {
  const EndpointId id = endpoint();
  sender_.reply = {.status = 429, .retry_after = seconds{120}};
  EXPECT_EQ(send(id).wait, seconds{120});
  sender_.reply.retry_after = std::chrono::hours{24 * 365};
  EXPECT_EQ(send(id).wait, hours{24});
  sender_.reply = {.status = 200, .retry_after = seconds{120}};
  EXPECT_EQ(send(id).wait, std::nullopt);
}

TEST_F(OutgoingTest, KeepsOnlyTheBeginningOfAnAnswer) {
  sender_.reply = {.status = 500, .response = std::string(64000, 'x') + "\xff"};
  EXPECT_EQ(send(endpoint()).response, std::string(2048, 'x'));
  sender_.reply.response = "a\xff\n";
  EXPECT_EQ(send(endpoint()).response, "a\xef\xbf\xbd\n");
}

TEST_F(OutgoingTest, PausesWhatStaysDead) {
  const EndpointId id = endpoint();
  sender_.reply = {.status = 503};
  send(id);
  clock_.advance(hours{23});
  send(id);
  EXPECT_EQ(find(id).state(), EndpointState::failing);
  clock_.advance(hours{1});
  EXPECT_EQ(send(id).kind, Outcome::Kind::retry);
  EXPECT_EQ(find(id).state(), EndpointState::paused);
  EXPECT_EQ(find(id).health.problem,
            "Nothing has arrived for a long time. The last attempt: The receiver answered 503.");
  EXPECT_EQ(log_.events, std::vector<std::string>{"endpoint.paused"});
  EXPECT_EQ(send(id).kind, Outcome::Kind::dead);
  EXPECT_EQ(sender_.sent.size(), 3U);
}

TEST_F(OutgoingTest, OneSuccessEndsTheFailing) {
  const EndpointId id = endpoint();
  sender_.reply = {.status = 503};
  send(id);
  clock_.advance(hours{23});
  sender_.reply = {.status = 200};
  send(id);
  EXPECT_EQ(find(id).state(), EndpointState::active);
  clock_.advance(hours{2});
  sender_.reply = {.status = 503};
  send(id);
  EXPECT_EQ(find(id).state(), EndpointState::failing);
}

TEST_F(OutgoingTest, NothingIsSentToWhatIsGone) {
  const EndpointId id = endpoint();
  ASSERT_TRUE(store_.remove_endpoint(id, 1));
  EXPECT_EQ(send(id).kind, Outcome::Kind::skipped);
  EXPECT_TRUE(sender_.sent.empty());
}

TEST(EventBackoff, GivesUpAfterAboutThreeDays) {
  // On average a wait is three quarters of its step.
  BackoffPolicy policy{};
  for (const EffectLane& lane : default_lanes()) {
    const auto found = lane.kinds.find(EffectKind::event);
    if (found == lane.kinds.end()) continue;
    policy = found->second;
    // One receiver that hangs leaves threads for the others.
    EXPECT_GT(lane.threads, Claim{}.per_endpoint);
  }
  double seconds_in_all = 0;
  double step = static_cast<double>(policy.first.count());
  for (int attempt = 1; attempt < policy.attempts; ++attempt) {
    seconds_in_all += step * 0.75;
    step = std::min(step * 2, static_cast<double>(policy.longest.count()));
  }
  EXPECT_NEAR(seconds_in_all / 86400, 3.0, 0.2);
}

// The example of the specification: https://github.com/standard-webhooks/standard-webhooks, libraries' own tests.
TEST(EventSignature, IsTheOneOfTheStandard) {
  EXPECT_EQ(sign_event(Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                       R"({"test": 2432232314})")
                .value(),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(EventSignature, SecretsAreWhatTheStandardAsks) {
  SeededRandom random(7);
  const Secret secret = make_event_secret(random);
  EXPECT_EQ(secret.reveal().substr(0, 6), "whsec_");
  EXPECT_EQ(secret.reveal().size(), 6 + 44U);
  EXPECT_TRUE(sign_event(secret, "a", 1, ""));
  for (const char* wrong : {"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!", "whpk_MfKQ9r8GKYqr"}) {
    EXPECT_FALSE(sign_event(Secret(wrong), "a", 1, "")) << wrong;
  }
  EXPECT_FALSE(sign_event(Secret("whsec_" + std::string(200, 'A')), "a", 1, ""));
}

TEST(Endpoints, ListsOfEventsAreChecked) {
  EXPECT_TRUE(check_events({}));
  EXPECT_TRUE(check_events({"user.created", "order_paid", "a.b.c2"}));
  for (const char* wrong : {"", "User.created", "user created", "user.", ".user", "a..b", "*"}) {
    EXPECT_FALSE(check_events({wrong})) << wrong;
  }
  EXPECT_FALSE(check_events({"a", "b", "a"}));
  EXPECT_FALSE(check_events({std::string(101, 'a')}));
}

TEST(Endpoints, KeepsAFewKeysOnly) {
  const KeyVault vault(std::array<std::byte, 32>{});
  SeededRandom random(1);
  FakeClock clock;
  Endpoint endpoint;
  for (int i = 0; i < 8; ++i) add_endpoint_key(endpoint, vault, random, clock.now(), hours{1});
  EXPECT_EQ(endpoint.keys.size(), kMaxEndpointKeys);
  EXPECT_EQ(endpoint.keys.front().id, KeyId{8});
  EXPECT_EQ(endpoint.keys.front().expires_at, std::nullopt);
  clock.advance(hours{1});
  add_endpoint_key(endpoint, vault, random, clock.now(), seconds{0});
  EXPECT_EQ(endpoint.keys.size(), 1U);
}

}  // namespace
}  // namespace postern
