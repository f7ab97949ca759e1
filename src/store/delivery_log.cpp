#include "store/delivery_log.h"

#include <iterator>

namespace postern {

Result<std::vector<Delivery>> DeliveryLog::deliveries(const DeliveryQuery& query) {
  std::vector<Delivery> out;
  DeliveryQuery rest = query;
  while (true) {
    rest.limit = query.limit - out.size();
    DeliveryPage page = TRY(search(rest));
    std::move(page.deliveries.begin(), page.deliveries.end(), std::back_inserter(out));
    if (!page.next || out.size() >= query.limit) return out;
    (query.after ? rest.after : rest.before) = page.next;
  }
}

DeliveryQuery deliveries_of(std::string_view email_key, std::optional<DeliveryId> before, std::size_t limit) {
  DeliveryQuery query;
  query.email_key = email_key;
  query.before = before;
  query.limit = limit;
  return query;
}

}  // namespace postern
