// A small community with everything between a request and its row, but for the wire.
#pragma once

#include "pipeline/held_release.h"
#include "pipeline/intake.h"
#include "store/memory/memory_store.h"
#include "unit/pipeline/site.h"

#include <functional>
#include <string>
#include <vector>

namespace postern {

class CountingLog final : public Log {
 public:
  void write(LogLevel, std::string_view event, LogFields) override { events.emplace_back(event); }
  std::vector<std::string> events;
};

class IntakeSite : public testing::Test {
 protected:
  struct Posted {
    std::string webhook;
    std::string body;
    std::string ip = "192.0.2.1";
    std::string idempotency_key;
    std::string method = "POST";
  };

  // Sends it through the intake and waits until it is committed, if it was taken that far.
  void post(const Posted& posted) {
    Committer committer({store_, site_.catalog(), site_.clock, log_, metrics_, {}, &held_}, policy_, {});
    PreparationStage stage({committer, store_, scripts_, metrics_, log_, *passwords_}, {});
    Intake intake({site_.catalog(), vault_, stage, scripts_, site_.clock, log_, metrics_, protection_, held_, random_},
                  {.insecure_http = true, .hold = policy_.held.requests > 0});
    const std::string path = "/wp-json/fluent-community/v2/webhook/" + posted.webhook;
    std::vector<http::Header> headers{{"Content-Type", "application/x-www-form-urlencoded"}};
    if (!posted.idempotency_key.empty()) headers.push_back({"Idempotency-Key", posted.idempotency_key});
    http::Request request;
    request.method = posted.method;
    request.path = path;
    request.headers = headers;
    request.body = posted.body;
    request.peer_ip = posted.ip;
    http::Exchange nobody;
    EXPECT_TRUE(intake.take(request, nobody));
    stage.stop();
    committer.stop();
  }
  void post(const std::string& webhook, const std::string& email, const std::string& rest = "") {
    post({.webhook = webhook, .body = "email=" + email + rest});
  }

  void edit(WebhookId id, const std::function<void(Webhook&)>& change) {
    const CatalogData catalog = store_.load_catalog().value();
    for (Webhook webhook : catalog.webhooks) {
      if (webhook.id != id) continue;
      change(webhook);
      ASSERT_TRUE(store_.update_webhook(webhook));
    }
  }
  void turn(WebhookId id, WebhookState to) {
    edit(id, [&](Webhook& webhook) { webhook.state = to; });
  }

  // Oldest first.
  std::vector<Delivery> rows() {
    std::vector<Delivery> out = store_.deliveries({.limit = 10'000}).value();
    std::reverse(out.begin(), out.end());
    return out;
  }
  Delivery last_row() { return rows().back(); }
  std::vector<DeliveryStatus> statuses() {
    std::vector<DeliveryStatus> out;
    for (const Delivery& row : rows()) out.push_back(row.status);
    return out;
  }
  std::string metrics() {
    std::string out;
    metrics_.write(out);
    return out;
  }

  const PasswordScheme* passwords_ = &argon2_scheme();
  MemoryStore store_;
  Site site_{store_};
  KeyVault vault_{std::array<std::byte, 32>{}};
  SeededRandom random_{1};
  PipelineMetrics metrics_;
  ProtectionCheck protection_{metrics_, 1};
  HeldWebhooks held_;
  ProvisionPolicy policy_;
  const ScriptStep* scripts_ = nullptr;
  CountingLog log_;
};

}  // namespace postern
