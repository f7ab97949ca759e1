// Reads the query parameters of a request and collects everything that is wrong with them.
#pragma once

#include "admin/call.h"
#include "admin/reply.h"
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

// webhook, status, email, since, until and text. Whoever may not see payloads cannot search in them.
DeliveryQuery delivery_filter(QueryFields& fields, const Call& call);

}  // namespace postern
