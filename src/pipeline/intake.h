// From an HTTP request to a delivery that is ready to be committed. Runs on the I/O threads and does not block, but
// for one row read when a key is unknown.
#pragma once

#include "base/clock.h"
#include "base/ip.h"
#include "base/log.h"
#include "crypto/key_vault.h"
#include "http/server.h"
#include "pipeline/catalog.h"
#include "pipeline/client.h"
#include "pipeline/metrics.h"
#include "pipeline/preparation_stage.h"
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
  // One that knows the key, if there is any: looks again if the store has changed since. Errors: those of the store.
  Result<std::shared_ptr<const Catalog>> catalog_with(const KeyHash& hash);
  Arrival make_arrival(const http::Request& request, const WebhookRoute& route, const Client& client) const;
  void read_form_body(const http::Request& request, Arrival& arrival) const;
  std::vector<Arrival> read_events(const http::Request& request, const Client& client, const Catalog::Match& match,
                                   Arrival base) const;
  void keep_payload(std::string_view content_type, std::string_view body, std::string_view proof_field,
                    Arrival& arrival) const;
  static void note_idempotency_key(const http::Request& request, Arrival& arrival);
  void submit_all(std::vector<Arrival> arrivals, const http::Request& request, const Client& client,
                  http::Exchange exchange);
  void submit(Pending& pending, const http::Request& request, const Client& client);

  Parts parts_;
  const IntakePolicy policy_;
};

}  // namespace postern
