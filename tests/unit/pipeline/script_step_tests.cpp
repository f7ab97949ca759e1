// Scripts on a delivery's way: what they see, what their word does, in which order it happens.
#include "pipeline/preparation_stage.h"
#include "store/memory/memory_store.h"
#include "support/temp_folder.h"
#include "unit/pipeline/site.h"

#include <fstream>

namespace postern {
namespace {

class SilentLog final : public Log {
 public:
  void write(LogLevel, std::string_view, LogFields) override {}
};

class OnTheWay : public testing::Test {
 protected:
  void script(const std::string& source, const std::string& name = "all.lua") {
    std::ofstream(folder_.file(name)) << source;
    hooks_->reload();
  }
  Arrival arrival(const std::string& body, const std::string& webhook = "join", const http::Request& request = {}) {
    Arrival out = site_.arrival(webhook, "");
    out.delivery.content_type = "application/x-www-form-urlencoded";
    out.delivery.remote_ip = "192.0.2.7";
    out.delivery.body_bytes = static_cast<std::int64_t>(body.size());
    read_form_into(out, body);
    step_.prepare(out, Origin::sender, body, &request, true);
    return out;
  }
  static void read_form_into(Arrival& out, const std::string& body) {
    const FormEvent read = read_form(decode_form(out.delivery.content_type, "", body, {}).fields, {});
    out.event = read.event;
    out.delivery.email = read.email_as_sent;
    out.email_key = identity::email_key(read.event.email);
  }
  // Through the whole stage; returns the rows, oldest first.
  std::vector<Delivery> deliver(std::vector<Arrival> arrivals, PreparationStage::Limits limits = {}) {
    const std::int64_t before = store_.counts()->deliveries;
    Committer committer({store_, site_.catalog(), site_.clock, log_, metrics_}, {}, {});
    PreparationStage stage({committer, store_, &step_, metrics_, log_}, limits);
    for (Arrival& each : arrivals) {
      Pending pending{std::move(each), {}};
      if (!stage.submit(pending)) ++full_;
    }
    // A stage that is stopped runs no script any more, so wait until it is empty.
    const SystemClock clock;
    const MonoTime end = clock.mono() + std::chrono::seconds{30};
    while (store_.counts()->deliveries - before + full_ < static_cast<std::int64_t>(arrivals.size()) &&
           clock.mono() < end) {
      std::this_thread::yield();
    }
    stage.stop();
    committer.stop();
    std::vector<Delivery> rows = store_.deliveries({.limit = 1000}).value();
    std::reverse(rows.begin(), rows.end());
    return rows;
  }
  Delivery deliver_one(const std::string& body) { return deliver({arrival(body)}).back(); }
  // What the expression is within the validation.
  std::string seen(const std::string& expression, const std::string& body, const http::Request& request = {}) {
    script("function incoming_webhook_validation(v, data, webhook, request) return false, tostring(" + expression +
           ") end");
    Arrival sent = arrival(body, "join", request);
    EXPECT_TRUE(step_.run(sent));
    return sent.script_rejection ? sent.script_rejection->message : "it passed";
  }

  TempFolder folder_;
  MemoryStore store_;
  Site site_{store_};
  SilentLog log_;
  PipelineMetrics metrics_;
  std::unique_ptr<Hooks> hooks_ =
      Hooks::open({site_.clock, log_, metrics_.script_runs, metrics_.script_seconds}, {.folder = folder_.path()})
          .value();
  ScriptStep step_{{*hooks_, site_.catalog(), store_, {}}};
  std::int64_t full_ = 0;
};

TEST_F(OnTheWay, WithoutScriptsNothingIsCopiedAndNobodyWaits) {
  const Arrival sent = arrival("email=ada@example.com");
  EXPECT_EQ(sent.script_input, nullptr);
  EXPECT_FALSE(sent.processed_hook);
  script("function incoming_webhook_validation() return true end", "webhook-99.lua");
  EXPECT_EQ(arrival("email=ada@example.com").script_input, nullptr) << "it is for another webhook";
}

TEST_F(OnTheWay, AScriptMayRefuse) {
  script("function incoming_webhook_validation(v, data) return data.plan == 'gold', 'Only gold.' end");
  const Delivery refused = deliver_one("email=ada@example.com&plan=silver");
  EXPECT_EQ(refused.status, DeliveryStatus::rejected);
  EXPECT_EQ(refused.http_status, 403);
  EXPECT_EQ(refused.code, "rejected");
  EXPECT_EQ(refused.message, "Only gold.");
  EXPECT_EQ(refused.scripts, "The script all.lua refused it: Only gold.");
  EXPECT_FALSE(*store_.find_user("ada@example.com"));
  EXPECT_EQ(deliver_one("email=ada@example.com&plan=gold").status, DeliveryStatus::processed);
}

TEST_F(OnTheWay, ABrokenScriptRefusesTheDelivery) {
  script("function incoming_webhook_validation() return nothing.at_all end");
  const Delivery failed = deliver_one("email=ada@example.com");
  EXPECT_EQ(failed.status, DeliveryStatus::rejected);
  EXPECT_EQ(failed.http_status, 403);
  EXPECT_EQ(failed.code, "rejected");
  EXPECT_EQ(failed.message.find("nothing.at_all"), std::string::npos) << "the sender is not told what is in a script";
  EXPECT_NE(failed.scripts.find("all.lua:1: attempt to index a nil value"), std::string::npos);
}

TEST_F(OnTheWay, ANewUserIsMadeAsTheScriptSays) {
  script(
      "function incoming_webhook_user_data(u, payload) u.first_name = 'Augusta' u.display_name = 'Countess <b>Ada</b>' "
      "u.login = 'countess' u.role = 'customer' u.meta = {plan = payload.plan} return u end");
  EXPECT_EQ(deliver_one("email=ada@example.com&first_name=Ada&plan=gold").status, DeliveryStatus::processed);
  const User user = store_.find_user("ada@example.com")->value();
  EXPECT_EQ(user.first_name, "Augusta");
  EXPECT_EQ(user.display_name, "Countess Ada") << "cleaned like every name";
  EXPECT_EQ(user.login, "countess");
  EXPECT_EQ(user.role, "customer");
  EXPECT_EQ(user.meta, R"({"plan":"gold"})");
}

TEST_F(OnTheWay, AnExistingUserIsLeftAlone) {
  deliver({arrival("email=ada@example.com&first_name=Ada")});
  script("function incoming_webhook_user_data(u) u.first_name = 'Eve' u.role = 'customer' return u end");
  EXPECT_EQ(deliver_one("email=ada@example.com").status, DeliveryStatus::processed);
  EXPECT_EQ(store_.find_user("ada@example.com")->value().first_name, "Ada");
  EXPECT_EQ(store_.find_user("ada@example.com")->value().role, kDefaultUserRole);
}

TEST_F(OnTheWay, AUserWhoVanishesMeanwhileIsNotMadeWithoutTheScript) {
  deliver({arrival("email=ada@example.com")});
  script("function incoming_webhook_user_data(u) u.role = 'customer' return u end");
  Arrival sent = arrival("email=ada@example.com");
  ASSERT_TRUE(step_.run(sent));
  ASSERT_TRUE(store_.remove_user(store_.find_user("ada@example.com")->value().id));
  std::vector<Arrival> arrivals{sent};
  ASSERT_TRUE(site_.provision_all(arrivals));
  EXPECT_EQ(arrivals[0].delivery.http_status, 503);
  EXPECT_FALSE(*store_.find_user("ada@example.com"));
}

TEST_F(OnTheWay, OnlyWhatWasProcessedIsToldToTheProcessedFunction) {
  script(
      "function incoming_webhook_processed() end "
      "function incoming_webhook_validation(v, data) return data.ok == '1' end");
  deliver({arrival("email=ada@example.com&ok=1"), arrival("email=bob@example.com&ok=0")});
  const auto rows = store_.outbox({}).value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].effect.kind, EffectKind::processed_hook);
  EXPECT_EQ(rows[0].effect.user, store_.find_user("ada@example.com")->value().id);
  EXPECT_TRUE(rows[0].effect.delivery);
}

TEST_F(OnTheWay, ARepeatGetsItsFirstReplyWhateverTheScriptSaysNow) {
  Arrival first = arrival("email=ada@example.com");
  first.repeat_hash.emplace().fill(std::byte{7});
  deliver({first});
  script("function incoming_webhook_validation() return false end");
  Arrival second = arrival("email=ada@example.com");
  second.repeat_hash = first.repeat_hash;
  const Delivery row = deliver({second}).back();
  EXPECT_EQ(row.status, DeliveryStatus::duplicate);
  EXPECT_EQ(row.http_status, 200);
}

TEST_F(OnTheWay, WhoIsRefusedLeavesTheLoginToOthers) {
  script("function incoming_webhook_validation(v, data) return data.ok == '1' end");
  const auto rows = deliver({arrival("email=ada@example.com&user_login=first&ok=0"),
                             arrival("email=ada@example.com&user_login=second&ok=1")});
  EXPECT_EQ(rows.at(0).status, DeliveryStatus::rejected);
  EXPECT_EQ(store_.find_user("ada@example.com")->value().login, "second");
}

TEST_F(OnTheWay, OrderPerPersonIsKept) {
  // The first takes long, has a password and joins; the others have no script and leave or join.
  script("function incoming_webhook_validation(v, data) for i = 1, data.turns or 0 do end return true end",
         "webhook-" + std::to_string(site_.join.value) + ".lua");
  std::vector<Arrival> arrivals;
  for (int person = 0; person < 20; ++person) {
    const std::string email = "email=p" + std::to_string(person) + "@example.com";
    arrivals.push_back(arrival(email + "&turns=100000", "join"));
    arrivals.push_back(arrival(email, "leave"));
    arrivals.push_back(arrival(email + "&turns=1", "join"));
    arrivals.push_back(arrival(email, "leave"));
  }
  const auto rows = deliver(std::move(arrivals), {.script_threads = 4});
  ASSERT_EQ(rows.size(), 80U);
  std::map<std::string, std::vector<WebhookId>> order;
  for (const Delivery& each : rows) order[each.email].push_back(each.webhook);
  for (const auto& [email, webhooks] : order) {
    EXPECT_EQ(webhooks, (std::vector<WebhookId>{site_.join, site_.leave, site_.join, site_.leave})) << email;
    EXPECT_TRUE(site_.memberships(email).empty()) << email;
  }
}

TEST_F(OnTheWay, AFullQueueIsToldToTheSenderAndOneWebhookDoesNotFillIt) {
  script("function incoming_webhook_validation() for i = 1, 50000 do end return true end");
  std::vector<Arrival> arrivals;
  for (int i = 0; i < 50; ++i) arrivals.push_back(arrival("email=p" + std::to_string(i) + "@example.com", "join"));
  Committer committer({store_, site_.catalog(), site_.clock, log_, metrics_}, {}, {});
  PreparationStage stage({committer, store_, &step_, metrics_, log_}, {.script_threads = 1, .script_queue = 8});
  int taken = 0;
  for (Arrival& each : arrivals) {
    Pending pending{std::move(each), {}};
    taken += stage.submit(pending) ? 1 : 0;
  }
  EXPECT_GE(taken, 4);
  EXPECT_LT(taken, 50);
  Pending other{arrival("email=other@example.com", "enroll"), {}};
  EXPECT_TRUE(stage.submit(other)) << "half of the queue is left to others";
  stage.stop();
  committer.stop();
  // What was not begun when the stage was stopped was answered 503, and nothing of it was kept.
  EXPECT_EQ(static_cast<std::uint64_t>(store_.counts()->deliveries) + metrics_.overloaded.value(),
            static_cast<std::uint64_t>(taken) + 1);
}

TEST_F(OnTheWay, TooManyBytesAreTooMany) {
  script("function incoming_webhook_validation() return true end");
  full_ = 0;
  deliver({arrival("email=ada@example.com&text=" + std::string(5000, 'x'))}, {.script_queue_bytes = 4000});
  EXPECT_EQ(full_, 1);
}

TEST(FairQueue, WebhooksTakeTurns) {
  FairQueue queue;
  for (const char* item : {"a1", "a2", "a3"}) queue.push({1}, item);
  queue.push({2}, "b1");
  queue.push({3}, "c1");
  queue.push({2}, "b2");
  std::string order;
  while (!queue.empty()) order += queue.pop() + " ";
  EXPECT_EQ(order, "a1 b1 c1 a2 b2 a3 ");
}

TEST_F(OnTheWay, SecretsAreNotShownToScripts) {
  const std::vector<http::Header> headers{
      {"Authorization", "Bearer s3cret"}, {"Cookie", "id=s3cret"}, {"X-Shop-Token", "s3cret"},
      {"X-Hub-Signature", "s3cret"},      {"X-Api-Key", "s3cret"}, {"X-Shop", "north"}};
  http::Request request;
  request.headers = headers;
  request.query = "fcom_action=incoming_webhook&webhook=s3cret&access_token=s3cret&utm=mail";
  const std::string body = "email=ada@example.com&user_password=s3cret&card%5Bcvc%5D=s3cret&plan=gold&api_token=s3cret";
  EXPECT_EQ(seen("request.headers['x-shop']", body, request), "north");
  EXPECT_EQ(seen("request.query.utm", body, request), "mail");
  EXPECT_EQ(seen("data.plan", body, request), "gold");
  EXPECT_EQ(seen("request.query.webhook", body, request), "nil");
  // Everything that can be reached from the arguments, as one text.
  script(
      "local function all(value) if type(value) ~= 'table' then return tostring(value) end local out = '' "
      "for k, v in pairs(value) do out = out .. tostring(k) .. '=' .. all(v) .. ' ' end return out end "
      "function incoming_webhook_validation(v, data, webhook, request) "
      "  if (all(data) .. all(webhook) .. all(request)):find('s3cret', 1, true) then return false, 'seen' end "
      "  return request.secret_is('authorization', 'Bearer s3cret') and request.secret_is('api_token', 's3cret') "
      "    and request.secret_is('access_token', 's3cret') and not request.secret_is('user_password', 's3cret') "
      "    and not request.secret_is('webhook', 's3cret'), 'not comparable' end");
  Arrival sent = arrival(body, "join", request);
  ASSERT_TRUE(step_.run(sent));
  EXPECT_FALSE(sent.script_rejection) << sent.script_rejection->message << sent.delivery.scripts;
}

TEST_F(OnTheWay, FormsNestAsInPhp) {
  const std::string body = "email=ada@example.com&tags%5B%5D=a&tags%5B%5D=b&form%5Bplan%5D=gold&plan=1&plan=2&x%5B=y";
  EXPECT_EQ(seen("data.tags[2]", body), "b");
  EXPECT_EQ(seen("data.form.plan", body), "gold");
  EXPECT_EQ(seen("data.plan", body), "2");
  EXPECT_EQ(seen("data['x[']", body), "y");
}

TEST_F(OnTheWay, TheWebhookAndTheRequestAreDescribed) {
  const std::string body = "email=ada@example.com";
  EXPECT_EQ(seen("webhook.id", body), std::to_string(site_.join.value));
  EXPECT_EQ(seen("webhook.name", body), "join");
  EXPECT_EQ(seen("webhook.add_spaces[1]", body), "club");
  EXPECT_EQ(seen("request.ip", body), "192.0.2.7");
  EXPECT_EQ(seen("request.tls", body), "true");
  EXPECT_EQ(seen("request.origin", body), "sender");
  EXPECT_EQ(seen("request.content_type", body), "application/x-www-form-urlencoded");
  EXPECT_EQ(seen("request.body_bytes", body), "21");
  EXPECT_EQ(seen("request.received_at", body), "1893456000");
}

}  // namespace
}  // namespace postern
