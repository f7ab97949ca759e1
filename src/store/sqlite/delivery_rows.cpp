#include "store/sqlite/delivery_rows.h"

#include "store/sqlite/many_rows.h"

#include <array>
#include <string>
#include <string_view>

namespace postern::sqlite {

namespace {

template <class Enum>
std::int64_t number(Enum value) {
  return static_cast<std::int64_t>(value);
}

void bind_id_or_null(Query& query, std::int64_t id) {
  if (id == 0) {
    query.bind_null();
  } else {
    query.bind(id);
  }
}

void bind_delivery(Query& q, const Delivery& d, const std::string& outcomes) {
  q.bind(d.id.value).bind(d.received_at.time_since_epoch().count()).bind(d.webhook.value);
  bind_id_or_null(q, d.key.value);
  q.bind(number(d.dialect)).bind_or_null(d.remote_ip).bind_or_null(d.content_type);
  if (d.payload.empty()) {
    q.bind_null();
  } else {
    q.bind_blob(d.payload);
  }
  q.bind(d.payload_complete ? 1 : 0).bind(d.body_bytes).bind_or_null(d.event).bind_or_null(d.email);
  q.bind(number(d.status)).bind(d.http_status).bind_or_null(d.code).bind_or_null(d.message);
  bind_id_or_null(q, d.user ? d.user->value : 0);
  q.bind(d.user_created ? 1 : 0)
      .bind(static_cast<std::int64_t>(d.welcome_email))
      .bind_or_null(outcomes)
      .bind(d.duration.count());
  bind_id_or_null(q, d.replay_of ? d.replay_of->value : 0);
  bind_id_or_null(q, d.duplicate_of ? d.duplicate_of->value : 0);
  q.bind_or_null(d.scripts).bind_or_null(d.request_head);
  if (d.held_until) {
    q.bind(d.held_until->time_since_epoch().count());
  } else {
    q.bind_null();
  }
}

}  // namespace

Result<void> insert_deliveries(Connection& connection, std::span<const Delivery* const> deliveries) {
  constexpr std::size_t kAtOnce = 16;
  static const ManyRows<kAtOnce> statement("deliveries(" + kDeliveryColumns + ")",
                                           "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  std::array<std::string, kAtOnce> outcomes;  // Bound, so they must live until the statement has run.
  return statement.insert(connection, deliveries, [&](Query& q, const Delivery* each, std::size_t place) {
    outcomes[place] = encode_outcomes(each->outcomes);
    bind_delivery(q, *each, outcomes[place]);
  });
}

}  // namespace postern::sqlite
