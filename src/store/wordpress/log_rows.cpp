#include "store/wordpress/log_rows.h"

#include "base/ascii.h"
#include "store/delivery_rows.h"
#include "store/mariadb/lists.h"

#include <vector>

namespace postern::wordpress {

using mariadb::Field;
using mariadb::Null;

namespace {

constexpr std::size_t kIndexedBytes = 255;  // The column's.
constexpr std::size_t kColumns = 27;        // Those of kDeliveryColumns, and email_key.

template <class Number>
Field number(Number value) {
  return static_cast<std::int64_t>(value);
}

Field text_or_null(std::string_view text) {
  return text.empty() ? Field(Null{}) : Field(text);
}

Field id_or_null(std::int64_t id) {
  return id == 0 ? Field(Null{}) : Field(id);
}

template <class Tag>
Field id_or_null(const std::optional<Id<Tag>>& id) {
  return id_or_null(id ? id->value : 0);
}

// Texts of a row that are made for it.
struct Made {
  std::string outcomes;
  std::string email_key;
};

void add_row(std::vector<Field>& fields, const Delivery& d, const Made& made) {
  const Field held_until = d.held_until ? Field(std::int64_t{d.held_until->time_since_epoch().count()}) : Field(Null{});
  const Field row[] = {d.id.value,
                       number(d.received_at.time_since_epoch().count()),
                       d.webhook.value,
                       id_or_null(d.key.value),
                       number(d.dialect),
                       text_or_null(d.remote_ip),
                       text_or_null(d.content_type),
                       text_or_null(d.payload),
                       number(d.payload_complete),
                       d.body_bytes,
                       text_or_null(d.event),
                       text_or_null(d.email),
                       number(d.status),
                       number(d.http_status),
                       text_or_null(d.code),
                       text_or_null(d.message),
                       id_or_null(d.user),
                       number(d.user_created),
                       number(d.welcome_email),
                       text_or_null(made.outcomes),
                       number(d.duration.count()),
                       id_or_null(d.replay_of),
                       id_or_null(d.duplicate_of),
                       text_or_null(d.scripts),
                       text_or_null(d.request_head),
                       held_until,
                       text_or_null(indexed_email(made.email_key))};
  static_assert(std::size(row) == kColumns);
  fields.insert(fields.end(), std::begin(row), std::end(row));
}

}  // namespace

std::string_view indexed_email(std::string_view email_key) {
  return email_key.substr(0, kIndexedBytes);
}

Result<void> insert_deliveries(mariadb::Connection& db, const mariadb::TableNames& tables,
                               std::span<const Change> changes) {
  if (changes.empty()) return {};
  std::vector<Made> made;
  made.reserve(changes.size());
  std::vector<Field> fields;
  fields.reserve(changes.size() * kColumns);
  for (const Change& change : changes) {
    made.push_back({encode_outcomes(change.delivery.outcomes), ascii_lower(change.delivery.email)});
    add_row(fields, change.delivery, made.back());
  }
  std::vector<Field> filler;
  Delivery empty;
  empty.id = changes.front().delivery.id;
  const Made nothing;
  add_row(filler, empty, nothing);
  const mariadb::Upsert upsert{tables.sql("{deliveries} (") + kDeliveryColumns + ", email_key)", "id = id"};
  const std::uint64_t written = TRY(mariadb::upsert_rows(db, upsert, kColumns, fields, filler));
  if (written != changes.size()) return Error{Errc::conflict, "That exists already.", "delivery number"};
  return {};
}

Result<std::optional<Delivery>> find_delivery(mariadb::Connection& db, const mariadb::TableNames& tables,
                                              DeliveryId id) {
  mariadb::Query q = db.query("SELECT " + kDeliveryColumns + tables.sql(" FROM {deliveries} WHERE id = ?"));
  q.bind(id.value);
  if (!TRY(q.step())) return std::optional<Delivery>();
  return std::optional<Delivery>(read_delivery(q));
}

}  // namespace postern::wordpress
