// From an HTTP request to a delivery that is ready to be committed. Runs on the I/O threads and does not block, but
// for one row read when a key is unknown.
#pragma once

#include "base/clock.h"
#include "base/ip.h"
#include "base/log.h"
#include "base/random.h"
#include "crypto/key_vault.h"
#include "http/server.h"
#include "pipeline/catalog.h"
#include "pipeline/client.h"
#include "pipeline/held_webhooks.h"
#include "pipeline/metrics.h"
#include "pipeline/preparation_stage.h"
#include "pipeline/protection_check.h"
#include "pipeline/route.h"

#include <memory>
#include <vector>

namespace postern {

struct IntakePolicy {
  std::vector<IpNetwork> trusted_proxies;
  bool insecure_http = false;  // Accept plain HTTP from anywhere.
  FormLimits form;
  std::size_t payload_bytes = 64UL * 1024;  // Of a body kept in the log.
  std::string public_url;                   // By which senders know this server; empty: by the Host they name.
  bool hold = true;                         // Requests to paused webhooks are kept.
};

class Intake {
 public:
  struct Parts {
    CatalogCache& catalog;
    const KeyVault& vault;
    PreparationStage& next;
    const ScriptStep* scripts;  // Null: there are none.
    const Clock& clock;
    Log& log;
    PipelineMetrics& metrics;
    ProtectionCheck& protection;
    HeldWebhooks& held;
    Random& random;  // To seal what is held. Any thread; see base/shared_random.h.
  };
  // All parts must outlive the intake.
  Intake(Parts parts, IntakePolicy policy) : parts_(parts), policy_(std::move(policy)) {}

  // Takes the request if its URL is one of a webhook, and answers it sooner or later; false: not ours, `exchange` is
  // untouched. Any thread.
  bool take(const http::Request& request, http::Exchange& exchange);
  // What has been taken is to be begun: to be called after one or more take() on the same thread.
  void rest() { parts_.next.wake(); }

 private:
  void answer_options(http::Exchange& exchange) const;
  // A webhook as of the moment the request came.
  struct Found {
    std::shared_ptr<const Catalog> catalog;  // Owns what the match points to.
    Catalog::Match match;
  };
  // The webhook with this key, as it is now. Errors: those of the store.
  Result<std::optional<Found>> find_webhook(const KeyHash& hash) const;
  Arrival make_arrival(const http::Request& request, const WebhookRoute& route, const Client& client) const;
  void read_form_body(const http::Request& request, Arrival& arrival) const;
  std::vector<Arrival> read_events(const http::Request& request, const Client& client, const Catalog::Match& match,
                                   Arrival base) const;
  static void note_idempotency_key(const http::Request& request, Arrival& arrival);
  // If the webhook is paused, or others are waiting to be applied: keeps all of the request for later.
  void prepare_to_hold(const http::Request& request, const Client& client, const Catalog::Match& match,
                       Arrival& arrival) const;
  void submit_all(std::vector<Arrival> arrivals, const http::Request& request, const Client& client,
                  const Catalog::Match& match, http::Exchange exchange);
  void submit(Pending& pending, const http::Request& request, const Client& client, const Catalog::Match& match);

  Parts parts_;
  const IntakePolicy policy_;
};

}  // namespace postern
