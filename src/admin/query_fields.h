// Reads the query parameters of a request and collects everything that is wrong with them.
#pragma once

#include "admin/call.h"
#include "admin/reply.h"
#include "identity/email.h"
#include "store/delivery_log.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// As Fields for a body: a reader returns nothing if the parameter is missing, empty or wrong; finish() says what is
// wrong, parameters that nobody asked for included.
class QueryFields {
 public:
  explicit QueryFields(const Call& call) : call_(call) {}

  std::optional<std::string> text(std::string_view name);
  std::optional<std::int64_t> id(std::string_view name);
  std::optional<bool> boolean(std::string_view name);
  std::optional<WallTime> time(std::string_view name);
  std::size_t limit();
  // ?cursor= of lists that are ordered by a number, or of the delivery log.
  std::optional<std::int64_t> number_cursor();
  std::optional<DeliveryId> delivery_cursor();

  void wrong(std::string_view name, std::string_view message);
  std::optional<Problem> finish();

 private:
  const Call& call_;
  std::vector<std::string_view> known_;
  std::vector<FieldError> errors_;
};

// The webhook that was read, and status, email, since, until and text, which a query and the body of a bulk replay name
// alike.
template <class Reader>
DeliveryQuery read_delivery_filter(std::optional<std::int64_t> webhook, Reader& fields) {
  DeliveryQuery query;
  if (webhook) query.webhook = WebhookId{*webhook};
  if (const auto status = fields.text("status")) {
    query.status = parse_delivery_status(*status);
    if (!query.status)
      fields.wrong("status", "is none of processed, rejected, failed, duplicate, ignored, stale, held");
  }
  if (const auto email = fields.text("email")) query.email_key = identity::email_key(*email);
  query.since = fields.time("since");
  query.until = fields.time("until");
  query.text = fields.text("text").value_or("");
  return query;
}

// The same of a query. Whoever may not see payloads cannot search in them.
DeliveryQuery delivery_filter(QueryFields& fields, const Call& call);

}  // namespace postern
