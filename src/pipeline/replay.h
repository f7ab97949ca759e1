// Sends a stored delivery through the pipeline again, as of now.
#pragma once

#include "base/clock.h"
#include "crypto/password.h"
#include "hooks/hooks.h"
#include "http/message.h"
#include "pipeline/catalog.h"
#include "pipeline/provision.h"
#include "store/store.h"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace postern {

struct ReplayOptions {
  bool dry_run = false;  // Decide and report, change nothing, log nothing.
  ProvisionPolicy policy;
  FormLimits form;
  Hooks* hooks = nullptr;  // The operator's scripts; null: there are none.
  SourceParts sources;
  const PasswordScheme* passwords = &argon2_scheme();  // Must outlive the call.
};

// Returns the new delivery (of a dry run: the one that would have been written). It is decided with the webhook, the
// spaces and the person as they are now; a password is not stored and so not replayed; neither is the Idempotency-Key,
// since a replay is wanted. Nor is the sender's proof: it was looked at when the request came.
// Errors: not_found (no such delivery), invalid (its payload was not kept whole; its webhook is gone), those of the
// store.
Result<Delivery> replay(Store& store, const Clock& clock, DeliveryId id, const ReplayOptions& options);

// What became of many.
struct ReplaySummary {
  std::size_t replayed = 0;
  std::size_t not_replayable = 0;  // Not in the log, not kept whole, or their webhook is gone.
  std::map<DeliveryStatus, std::size_t> results;
};
// The same for many, in the order in which they arrived, a portion in each transaction so that deliveries come in
// between. A dry run decides each portion as if the ones before it had not been. Errors: those of the store; the
// portions before stay done.
Result<ReplaySummary> replay_all(Store& store, const Clock& clock, std::vector<DeliveryId> ids,
                                 const ReplayOptions& options);

// A request made up by the operator.
struct TrialRequest {
  WebhookId webhook;
  std::string content_type;
  std::string body;
  std::string remote_ip;
  std::size_t payload_bytes = 64UL * 1024;                   // Of the body kept in the log.
  std::vector<std::pair<std::string, std::string>> headers;  // Beside the content type.
  std::string query;                                         // Not decoded, without '?'.
  std::string url;          // The whole public URL with the query, a secret: some senders sign it.
  bool skip_proof = false;  // It counts although it does not prove that it is from the sender.
};
struct Trial {
  std::vector<Delivery> deliveries;  // One for each event of the request: at least one.
  http::Response reply;              // What a sender would get, in the REST dialect.
  // Whether the request proves that it is from the sender, asked even if that is skipped. Nothing: it is a form, or its
  // source cannot be used; then nobody asks.
  std::optional<Verified> proof;
};
// Sends it through the pipeline as if it had come in at the webhook's URL, except that its Idempotency-Key and event id
// make it no repeat. A password counts, and is redacted as always. Errors: not_found (no such webhook), those of the
// store.
Result<Trial> try_request(Store& store, const Clock& clock, const TrialRequest& request, const ReplayOptions& options);

}  // namespace postern
