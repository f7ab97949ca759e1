#include "store/sqlite/delivery_rows.h"

#include <array>
#include <charconv>

namespace postern::sqlite {

const std::string kDeliveryColumns =
    "id, received_at, webhook_id, key_id, dialect, remote_ip, content_type, payload, payload_complete, body_bytes,"
    " event, email, status, http_status, code, message, user_id, user_created, welcome_email, outcomes,"
    " duration_us, replay_of, duplicate_of, scripts, request_head, held_until";

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

template <class Tag>
std::optional<Id<Tag>> optional_id(const Query& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return Id<Tag>{row.integer(column)};
}

bool take_number(std::string_view& text, std::int64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

// Of several rows in one statement each costs a third less: the tables are opened once, and the place of the next row
// is found beside the one before.
constexpr std::size_t kRowsAtOnce = 16;

std::string insert_sql(std::size_t rows) {
  std::string sql = "INSERT INTO deliveries(" + kDeliveryColumns + ") VALUES";
  for (std::size_t i = 0; i < rows; ++i) {
    sql += i == 0 ? "" : ",";
    sql += "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
  }
  return sql;
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
  static const std::string one = insert_sql(1);
  static const std::string many = insert_sql(kRowsAtOnce);
  std::array<std::string, kRowsAtOnce> outcomes;  // Bound, so they must live until the statement has run.
  while (!deliveries.empty()) {
    const std::size_t rows = deliveries.size() >= kRowsAtOnce ? kRowsAtOnce : 1;
    Query q = connection.query(rows == 1 ? one.c_str() : many.c_str());
    for (std::size_t i = 0; i < rows; ++i) {
      outcomes[i] = encode_outcomes(deliveries[i]->outcomes);
      bind_delivery(q, *deliveries[i], outcomes[i]);
    }
    TRY(q.run());
    deliveries = deliveries.subspan(rows);
  }
  return {};
}

Delivery read_delivery(const Query& row) {
  Delivery d;
  d.id.value = row.integer(0);
  d.received_at = WallTime{std::chrono::milliseconds{row.integer(1)}};
  d.webhook.value = row.integer(2);
  d.key.value = row.integer(3);
  d.dialect = static_cast<Dialect>(row.integer(4));
  d.remote_ip = row.text(5);
  d.content_type = row.text(6);
  d.payload = row.text(7);
  d.payload_complete = row.integer(8) != 0;
  d.body_bytes = row.integer(9);
  d.event = row.text(10);
  d.email = row.text(11);
  d.status = static_cast<DeliveryStatus>(row.integer(12));
  d.http_status = static_cast<int>(row.integer(13));
  d.code = row.text(14);
  d.message = row.text(15);
  d.user = optional_id<UserTag>(row, 16);
  d.user_created = row.integer(17) != 0;
  d.welcome_email = static_cast<WelcomeEmail>(row.integer(18));
  d.outcomes = decode_outcomes(row.text(19));
  d.duration = std::chrono::microseconds{row.integer(20)};
  d.replay_of = optional_id<DeliveryTag>(row, 21);
  d.duplicate_of = optional_id<DeliveryTag>(row, 22);
  d.scripts = row.text(23);
  d.request_head = row.text(24);
  if (!row.is_null(25)) d.held_until = WallTime{std::chrono::milliseconds{row.integer(25)}};
  return d;
}

std::string encode_outcomes(const std::vector<SpaceOutcome>& outcomes) {
  std::string out;
  for (const SpaceOutcome& outcome : outcomes) {
    if (!out.empty()) out += ',';
    out += outcome.kind == SpaceKind::course ? 'c' : 's';
    out += std::to_string(outcome.space.value);
    out += ':';
    out += std::to_string(number(outcome.result));
    out += ':';
    out += outcome.slug;
  }
  return out;
}

std::vector<SpaceOutcome> decode_outcomes(std::string_view text) {
  std::vector<SpaceOutcome> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    std::string_view item = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (item.empty()) continue;
    SpaceOutcome outcome;
    outcome.kind = item.front() == 'c' ? SpaceKind::course : SpaceKind::space;
    item.remove_prefix(1);
    std::int64_t result = 0;
    if (!take_number(item, outcome.space.value) || !item.starts_with(':')) continue;
    item.remove_prefix(1);
    if (!take_number(item, result) || !item.starts_with(':')) continue;
    outcome.result = static_cast<EffectResult>(result);
    outcome.slug = item.substr(1);
    out.push_back(std::move(outcome));
  }
  return out;
}

}  // namespace postern::sqlite
