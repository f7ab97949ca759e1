// A request in the dialect of its webhook: is it from the sender, and what does it say? One event or several.
#pragma once

#include "base/clock.h"
#include "pipeline/arrival.h"
#include "pipeline/catalog.h"
#include "pipeline/webhook_source.h"
#include "source/document.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// Fills in what a form says: event, e-mail, or the rejection.
void read_form_event(std::string_view content_type, std::string_view content_encoding, std::string_view body,
                     const FormLimits& limits, Arrival& arrival);

struct ReadOptions {
  FormLimits limits;
  WallTime now{};
  bool check_proof = true;            // False for a request that was accepted before.
  std::optional<std::size_t> only{};  // This event of the request, counted from 0; nothing: all.
};

// Makes one arrival of each event, all with what `base` says: a copy of it with the event, or with the rejection. At
// least one: what is wrong with a request as a whole, or a sender's test of the URL, is an arrival of its own.
// `base.delivery.request_head` is filled in with what the source reads of the head.
std::vector<Arrival> read_request(const Webhook& webhook, const WebhookSource& source, const SignedRequest& request,
                                  const ReadOptions& options, const Arrival& base);

// What was kept of a head, as far as it is needed to read the request again. Views into `text`.
struct StoredHead {
  std::vector<http::Header> headers;
  std::string_view query;
  std::size_t event = 0;  // Which of the request's events the delivery was.
};
StoredHead parse_stored_head(std::string_view text);

// What a request that was taken before says as of now: its proof is not asked for again. `base.delivery` has webhook
// and content type. A request of several events has one arrival for each; the one that `head` names is given.
Arrival read_again(const Catalog& catalog, std::string_view head, std::string_view body, const FormLimits& limits,
                   const Arrival& base);

// Sets what of a body may stand in the log: `delivery.payload`, by its content type and what the source knows of it
// (null: a form). No more than `max_bytes`.
void keep_payload(const WebhookSource* source, std::string_view body, const FormLimits& limits, std::size_t max_bytes,
                  Delivery& delivery);

}  // namespace postern
