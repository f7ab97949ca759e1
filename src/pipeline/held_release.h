// Applies what has been held, once its webhook is not paused any more.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "crypto/key_vault.h"
#include "crypto/password.h"
#include "pipeline/catalog.h"
#include "pipeline/held_request.h"
#include "pipeline/held_webhooks.h"
#include "pipeline/metrics.h"
#include "pipeline/provision.h"
#include "pipeline/script_step.h"
#include "store/store.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

namespace postern {

// Of each webhook the oldest first, so that the order per person is that of arrival; a portion in each transaction, so
// that deliveries come in between. A request is applied and forgotten in one transaction: none is lost and none is
// applied twice, whenever the process dies. What cannot be applied becomes rejected or failed, its row says why, and
// the next one's turn comes.
// One thread of its own, which looks soon after a change that this process has made, and every 250 ms for those of
// others.
class HeldRelease {
 public:
  struct Parts {
    Store& store;
    CatalogCache& catalog;
    const KeyVault& vault;
    const ScriptStep* scripts;  // Null: there are none.
    HeldWebhooks& webhooks;
    const Clock& clock;
    Log& log;
    PipelineMetrics& metrics;
    std::function<void()> effects_committed;  // Called when there is something new in the outbox; cheap.
    const PasswordScheme& passwords = argon2_scheme();
  };
  struct Policy {
    ProvisionPolicy provision;
    FormLimits form;
    std::size_t payload_bytes = 64UL * 1024;  // Of a body kept in the log.
  };
  // Looks what is held. All parts must outlive it. Errors: those of the store.
  static Result<std::unique_ptr<HeldRelease>> create(Parts parts, Policy policy);
  HeldRelease(const HeldRelease&) = delete;
  HeldRelease& operator=(const HeldRelease&) = delete;
  ~HeldRelease();  // stop()

  // Begins to release. Once.
  void start();
  // Returns when the portion that is being applied is done.
  void stop();

  // Applies one portion of each webhook that is not paused. False: nothing was left to do. For the own thread, and for
  // tests that have not started it. Errors: those of the store; all but the portion under way is done.
  Result<bool> round();

 private:
  HeldRelease(Parts parts, Policy policy) : parts_(std::move(parts)), policy_(policy) {}
  void run();
  bool wait(std::chrono::milliseconds time);  // False: stop.
  Result<bool> anything_due();
  Result<bool> release_portion(WebhookId webhook);
  Result<Arrival> prepare(WebhookId webhook, const HeldRow& row);
  Result<Arrival> unreadable(WebhookId webhook, const HeldRow& row, const Error& error);
  Result<void> run_scripts(Arrival& arrival, const HeldRequest& held);
  // False: one of them is to be prepared again; nothing was kept.
  Result<bool> commit(std::span<Arrival> arrivals);
  Result<bool> commit_one_by_one(WebhookId webhook, std::span<Arrival> arrivals);
  Result<void> give_up(WebhookId webhook, const Arrival& arrival, const Error& error);

  const Parts parts_;
  const Policy policy_;
  LoginHints hints_;
  // Requests up to this one that are still there can be neither applied nor given up.
  std::map<WebhookId, DeliveryId> stuck_;
  bool failing_ = false;  // To log a failure once.

  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace postern
