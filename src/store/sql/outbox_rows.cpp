#include "store/sql/outbox_rows.h"

#include "store/sql/list_statement.h"
#include "store/sql/rows.h"

#include <array>

namespace postern::sql {
namespace {

// Few sizes, so that few statements are prepared.
constexpr std::array<std::size_t, 4> kInsertSizes{64, 16, 4, 1};

std::string insert_text(std::size_t rows) {
  std::string text =
      "INSERT INTO {outbox}(kind, delivery_id, user_id, endpoint_id, event_type, event_id, data, due_at, created_at)"
      " VALUES";
  for (std::size_t i = 0; i < rows; ++i) text += i == 0 ? "(?,?,?,?,?,?,?,?,?)" : ",(?,?,?,?,?,?,?,?,?)";
  return text;
}

// `size` is an index of kInsertSizes.
const char* insert_statement(std::size_t size) {
  static const std::array<std::string, kInsertSizes.size()> texts{
      insert_text(kInsertSizes[0]), insert_text(kInsertSizes[1]), insert_text(kInsertSizes[2]),
      insert_text(kInsertSizes[3])};
  return texts[size].c_str();
}

template <class Tag>
void bind_id(Query& query, const std::optional<Id<Tag>>& id) {
  if (id) {
    query.bind(id->value);
  } else {
    query.bind_null();
  }
}

void bind_effect(Query& q, const NewEffect& effect, WallTime at) {
  q.bind(static_cast<std::int64_t>(effect.kind));
  bind_id(q, effect.delivery);
  bind_id(q, effect.user);
  q.bind(effect.endpoint ? effect.endpoint->value : 0);
  q.bind_or_null(effect.event_type).bind_or_null(effect.event_id).bind_or_null(effect.data);
  q.bind(number_of(effect.due_at)).bind(number_of(at));
}

template <class Tag>
std::optional<Id<Tag>> id_or_null(const Query& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(Id<Tag>{row.integer(column)});
}

}  // namespace

const std::string kOutboxColumns =
    "id, kind, state, delivery_id, user_id, endpoint_id, event_type, event_id, data, attempts, note, due_at, lease,"
    " created_at, finished_at";

Result<OutboxId> insert_effect(Connection& db, const NewEffect& effect, WallTime at) {
  Query q = db.query(insert_statement(kInsertSizes.size() - 1));
  bind_effect(q, effect, at);
  TRY(q.run());
  return OutboxId{db.last_id()};
}

Result<void> insert_effects(Connection& db, std::span<const NewEffect> effects, WallTime at) {
  for (std::size_t size = 0; !effects.empty();) {
    if (effects.size() < kInsertSizes[size]) {
      ++size;
      continue;
    }
    Query q = db.query(insert_statement(size));
    for (const NewEffect& each : effects.first(kInsertSizes[size])) bind_effect(q, each, at);
    TRY(q.run());
    effects = effects.subspan(kInsertSizes[size]);
  }
  return {};
}

Result<std::int64_t> remove_effects(Connection& db, std::span<const std::int64_t> ids) {
  static const ListStatement attempts("DELETE FROM {outbox_attempts} WHERE outbox_id IN ");
  static const ListStatement rows("DELETE FROM {outbox} WHERE id IN ");
  TRY(attempts.run(db, ids));
  return rows.run(db, ids);
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

}  // namespace postern::sql
