#include "store/wordpress/log_transaction.h"

#include "store/delivery_rows.h"
#include "store/mariadb/lists.h"
#include "store/wordpress/log_rows.h"
#include "store/wordpress/write_lock.h"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace postern::wordpress {

using mariadb::Field;
using mariadb::Null;
using mariadb::Query;

namespace {

using Hash = std::array<std::byte, 16>;

std::string_view bytes(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

Hash read_hash(std::string_view text) {
  Hash out{};
  std::memcpy(out.data(), text.data(), std::min(text.size(), out.size()));
  return out;
}

std::int64_t milliseconds(WallTime time) {
  return time.time_since_epoch().count();
}

// What is known of each key, in the order of the keys.
template <class Key, class Known, class KeyOf>
auto in_order(std::span<const Key> keys, const Known& known, KeyOf key_of) {
  std::vector<std::optional<typename Known::mapped_type>> out;
  out.reserve(keys.size());
  for (const Key& key : keys) {
    const auto it = known.find(key_of(key));
    out.push_back(it == known.end() ? std::nullopt : std::optional(it->second));
  }
  return out;
}

}  // namespace

Result<LogTransaction> LogTransaction::begin(mariadb::Connection& db, const mariadb::TableNames& tables) {
  TRY(take_write_lock(db, tables));
  LogTransaction out(db, tables);
  TRY(out.read_state());
  return out;
}

Result<void> LogTransaction::read_state() {
  Query q =
      db_->query(sql("SELECT generation, greatest(ifnull((SELECT max(id) FROM {deliveries}), 0),"
                     " ifnull((SELECT max(delivery_id) FROM {held_requests}), 0)) FROM {catalog} WHERE id = 1"));
  TRY(q.step());
  generation_ = q.integer(0);
  last_.value = q.integer(1);
  return {};
}

Result<std::vector<std::optional<Repeat>>> LogTransaction::repeats(std::span<const RepeatKey> keys) {
  std::map<std::pair<std::int64_t, Hash>, Repeat> known;
  TRY(mariadb::find_matches(
      *db_, sql("SELECT webhook_id, hash, delivery_id, body_hash FROM {repeat_keys} FORCE INDEX (PRIMARY) WHERE "),
      "(webhook_id = ? AND hash = ?)", keys,
      [](Query& q, const RepeatKey& key) { q.bind(key.webhook.value).bind(bytes(key.hash)); },
      [&](const Query& row) {
        known[{row.integer(0), read_hash(row.text(1))}] = {{row.integer(2)}, read_hash(row.text(3))};
      }));
  return in_order(keys, known, [](const RepeatKey& key) { return std::pair(key.webhook.value, key.hash); });
}

Result<std::vector<std::optional<WallTime>>> LogTransaction::order_times(std::span<const OrderKey> orders) {
  std::map<OrderKey, WallTime> known;
  TRY(mariadb::find_matches(
      *db_, sql("SELECT webhook_id, email_key, reference, event_at FROM {sender_orders} FORCE INDEX (PRIMARY) WHERE "),
      "(webhook_id = ? AND email_key = ? AND reference = ?)", orders,
      [](Query& q, const OrderKey& order) {
        q.bind(order.webhook.value).bind(order.email_key).bind(bytes(order.reference));
      },
      [&](const Query& row) {
        const OrderKey order{{row.integer(0)}, std::string(row.text(1)), read_hash(row.text(2))};
        known[order] = WallTime{std::chrono::milliseconds{row.integer(3)}};
      }));
  return in_order(orders, known, [](const OrderKey& order) -> const OrderKey& { return order; });
}

Result<std::vector<std::optional<std::string>>> LogTransaction::people_of(std::span<const PersonNumber> numbers) {
  std::map<PersonNumber, std::string> known;
  TRY(mariadb::find_matches(
      *db_,
      sql("SELECT webhook_id, external_id, ifnull(email, email_key) FROM {sender_people} FORCE INDEX (PRIMARY) WHERE "),
      "(webhook_id = ? AND external_id = ?)", numbers,
      [](Query& q, const PersonNumber& number) { q.bind(number.webhook.value).bind(number.external_id); },
      [&](const Query& row) {
        known[{{row.integer(0)}, std::string(row.text(1))}] = row.text(2);
      }));
  return in_order(numbers, known, [](const PersonNumber& number) -> const PersonNumber& { return number; });
}

Result<HeldTotal> LogTransaction::held_requests(WebhookId webhook) {
  if (const auto it = held_.find(webhook); it != held_.end()) return it->second;
  Query q = db_->query(sql("SELECT count(*), ifnull(sum(bytes), 0) FROM {held_requests} WHERE webhook_id = ?"));
  q.bind(webhook.value);
  TRY(q.step());
  return held_[webhook] = {q.integer(0), q.integer(1)};
}

Result<std::optional<Delivery>> LogTransaction::delivery(DeliveryId id) {
  return find_delivery(*db_, *tables_, id);
}

Result<void> LogTransaction::write(std::span<const Change> changes) {
  if (changes.empty()) return {};
  TRY(release(changes));
  TRY(insert_deliveries(*db_, *tables_, changes));
  for (const Change& change : changes) last_ = std::max(last_, change.delivery.id);
  TRY(remember_repeats(changes));
  TRY(remember_orders(changes));
  TRY(remember_numbers(changes));
  TRY(hold(changes));
  return count(changes);
}

Result<void> LogTransaction::release(std::span<const Change> changes) {
  std::vector<DeliveryId> ids;
  std::vector<DeliveryId> refused;
  for (const Change& change : changes) {
    if (!change.releases) continue;
    const Delivery& delivery = change.delivery;
    ids.push_back(delivery.id);
    const bool applied = delivery.status != DeliveryStatus::rejected && delivery.status != DeliveryStatus::failed;
    if (!applied) refused.push_back(delivery.id);
    held_.erase(delivery.webhook);
  }
  const auto remove = [&](std::string_view from, std::string_view where, const std::vector<DeliveryId>& which) {
    return mariadb::change_matches(*db_, sql(from), where, std::span<const DeliveryId>(which),
                                   [](Query& q, DeliveryId id) { q.bind(id.value); });
  };
  const std::uint64_t held = TRY(remove("DELETE FROM {held_requests} WHERE ", "delivery_id = ?", ids));
  if (held != ids.size()) return Error{Errc::not_found, "That is not held any more.", ""};
  // None, if it has left the log meanwhile.
  removed_ += static_cast<std::int64_t>(TRY(remove("DELETE FROM {deliveries} WHERE ", "id = ?", ids)));
  TRY(remove("DELETE FROM {repeat_keys} WHERE ", "delivery_id = ?", refused));
  return {};
}

Result<void> LogTransaction::remember_repeats(std::span<const Change> changes) {
  std::vector<Field> rows;
  std::uint64_t wanted = 0;
  for (const Change& change : changes) {
    if (!change.repeat_key) continue;
    rows.insert(rows.end(), {change.repeat_key->webhook.value, bytes(change.repeat_key->hash), change.delivery.id.value,
                             bytes(change.body_hash)});
    ++wanted;
  }
  const mariadb::Upsert upsert{sql("{repeat_keys} (webhook_id, hash, delivery_id, body_hash)"),
                               "webhook_id = webhook_id"};
  if (TRY(mariadb::upsert_rows(*db_, upsert, 4, rows)) != wanted) {
    return Error{Errc::conflict, "That exists already.", "repeat key"};
  }
  return {};
}

Result<void> LogTransaction::remember_orders(std::span<const Change> changes) {
  std::vector<Field> rows;
  for (const Change& change : changes) {
    for (const OrderKey& order : change.orders) {
      rows.insert(rows.end(), {order.webhook.value, std::string_view(order.email_key), bytes(order.reference),
                               milliseconds(change.order_time), change.delivery.id.value});
    }
  }
  const mariadb::Upsert upsert{sql("{sender_orders} (webhook_id, email_key, reference, event_at, delivery_id)"),
                               "event_at = greatest(event_at, VALUES(event_at)), delivery_id = VALUES(delivery_id)"};
  TRY(mariadb::upsert_rows(*db_, upsert, 5, rows));
  return {};
}

Result<void> LogTransaction::remember_numbers(std::span<const Change> changes) {
  std::vector<Field> rows;
  for (const Change& change : changes) {
    if (!change.number) continue;
    const bool same = change.number_email == change.number_email_key;
    rows.insert(rows.end(), {change.number->webhook.value, std::string_view(change.number->external_id),
                             std::string_view(change.number_email_key),
                             same ? Field(Null{}) : Field(std::string_view(change.number_email))});
  }
  const mariadb::Upsert upsert{sql("{sender_people} (webhook_id, external_id, email_key, email)"),
                               "email_key = VALUES(email_key), email = VALUES(email)"};
  TRY(mariadb::upsert_rows(*db_, upsert, 4, rows));
  return {};
}

Result<void> LogTransaction::hold(std::span<const Change> changes) {
  std::vector<Field> rows;
  std::uint64_t wanted = 0;
  for (const Change& change : changes) {
    if (change.held.empty()) continue;
    const auto size = static_cast<std::int64_t>(change.held.size());
    const Field email = change.held_email_key.empty() ? Field(Null{}) : Field(std::string_view(change.held_email_key));
    rows.insert(rows.end(),
                {change.delivery.id.value, change.delivery.webhook.value, email, size, std::string_view(change.held)});
    ++wanted;
    if (const auto it = held_.find(change.delivery.webhook); it != held_.end()) {
      ++it->second.requests;
      it->second.bytes += size;
    }
  }
  if (rows.empty()) return {};
  const Field filler[] = {rows.front(), std::int64_t{0}, Null{}, std::int64_t{0}, std::string_view()};
  const mariadb::Upsert upsert{sql("{held_requests} (delivery_id, webhook_id, email_key, bytes, request)"),
                               "delivery_id = delivery_id"};
  if (TRY(mariadb::upsert_rows(*db_, upsert, 5, rows, filler)) != wanted) {
    return Error{Errc::conflict, "That exists already.", "held request"};
  }
  return {};
}

Result<void> LogTransaction::count(std::span<const Change> changes) {
  std::map<std::tuple<std::int64_t, WebhookId, DeliveryStatus>, std::pair<std::int64_t, std::int64_t>> counts;
  for (const Change& change : changes) {
    const Delivery& delivery = change.delivery;
    const std::int64_t hour = hours_since_1970(delivery.received_at);
    auto& [deliveries, new_users] = counts[{hour, delivery.webhook, delivery.status}];
    ++deliveries;
    if (delivery.user_created) ++new_users;
    if (change.releases) --counts[{hour, delivery.webhook, DeliveryStatus::held}].first;
  }
  std::vector<Field> rows;
  for (const auto& [key, counted] : counts) {
    const auto& [hour, webhook, status] = key;
    rows.insert(rows.end(), {hour, webhook.value, static_cast<std::int64_t>(status), counted.first, counted.second});
  }
  const Field filler[] = {rows[0], rows[1], rows[2], std::int64_t{0}, std::int64_t{0}};
  const mariadb::Upsert upsert{sql("{delivery_counts} (hour, webhook_id, status, n, new_users)"),
                               "n = n + VALUES(n), new_users = new_users + VALUES(new_users)"};
  TRY(mariadb::upsert_rows(*db_, upsert, 5, rows, filler));
  Query q = db_->query(sql("UPDATE {catalog} SET deliveries = deliveries + ? WHERE id = 1"));
  q.bind(static_cast<std::int64_t>(changes.size()) - std::exchange(removed_, 0));
  return q.run();
}

Result<void> LogTransaction::forget_person(std::string_view email_key) {
  for (const char* each :
       {"DELETE FROM {sender_people} WHERE email_key = ?", "DELETE FROM {sender_orders} WHERE email_key = ?"}) {
    Query q = db_->query(sql(each));
    q.bind(email_key);
    TRY(q.run());
  }
  return {};
}

}  // namespace postern::wordpress
