#include "store/sqlite/outbox_rows.h"

#include "store/sqlite/account_rows.h"

namespace postern::sqlite {
namespace {

template <class Tag>
void bind_id(Query& query, const std::optional<Id<Tag>>& id) {
  if (id) {
    query.bind(id->value);
  } else {
    query.bind_null();
  }
}

template <class Tag>
std::optional<Id<Tag>> id_or_null(const Query& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(Id<Tag>{row.integer(column)});
}

}  // namespace

const std::string kOutboxColumns =
    "id, kind, state, delivery_id, user_id, endpoint_id, event_type, event_id, data, attempts, note, due_at, lease,"
    " created_at, finished_at";

Result<OutboxId> insert_effect(Connection& connection, const NewEffect& effect, WallTime at) {
  Query q = connection.query(
      "INSERT INTO outbox(kind, delivery_id, user_id, endpoint_id, event_type, event_id, data, due_at, created_at)"
      " VALUES(?,?,?,?,?,?,?,?,?)");
  q.bind(static_cast<std::int64_t>(effect.kind));
  bind_id(q, effect.delivery);
  bind_id(q, effect.user);
  q.bind(effect.endpoint ? effect.endpoint->value : 0);
  q.bind_or_null(effect.event_type).bind_or_null(effect.event_id).bind_or_null(effect.data);
  q.bind(number_of(effect.due_at)).bind(number_of(at));
  TRY(q.run());
  return OutboxId{sqlite3_last_insert_rowid(connection.handle())};
}

OutboxRow read_outbox_row(const Query& row) {
  OutboxRow out;
  out.id.value = row.integer(0);
  out.effect.kind = static_cast<EffectKind>(row.integer(1));
  out.state = static_cast<OutboxState>(row.integer(2));
  out.effect.delivery = id_or_null<DeliveryTag>(row, 3);
  out.effect.user = id_or_null<UserTag>(row, 4);
  if (row.integer(5) != 0) out.effect.endpoint = EndpointId{row.integer(5)};
  out.effect.event_type = row.text(6);
  out.effect.event_id = row.text(7);
  out.effect.data = row.text(8);
  out.attempts = static_cast<int>(row.integer(9));
  out.note = row.text(10);
  out.effect.due_at = time_at(row, 11);
  out.lease = row.integer(12);
  out.created_at = time_at(row, 13);
  out.finished_at = time_or_null(row, 14);
  return out;
}

}  // namespace postern::sqlite
