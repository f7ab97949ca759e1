// What a writing transaction does with the delivery log and with what is remembered beside it: repeats, orders, numbers
// of people, held requests, counts. Users, memberships and effects are written by others in the same transaction.
#pragma once

#include "store/mariadb/database.h"
#include "store/mariadb/table_names.h"
#include "store/transaction.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern::wordpress {

// Used by one thread, within one transaction of `db`; both arguments must outlive it. Each function does with a number
// of statements what is asked of it, however much that is (for every 256 rows, and of long ones for every 4 MiB).
// Errors of all: those of to_error(); others as named. After an error only destruction is allowed.
class LogTransaction {
 public:
  // Takes the write lock: nothing may have been read in the transaction before. Errors: as take_write_lock().
  static Result<LogTransaction> begin(mariadb::Connection& db, const mariadb::TableNames& tables);

  // These keep the promises of Transaction (store/transaction.h).
  std::int64_t catalog_generation() const { return generation_; }
  DeliveryId last_delivery_id() const { return last_; }
  Result<std::vector<std::optional<Repeat>>> repeats(std::span<const RepeatKey> keys);
  Result<std::vector<std::optional<WallTime>>> order_times(std::span<const OrderKey> orders);
  Result<std::vector<std::optional<std::string>>> people_of(std::span<const PersonNumber> numbers);
  Result<HeldTotal> held_requests(WebhookId webhook);
  Result<std::optional<Delivery>> delivery(DeliveryId id);

  // The part of Transaction::apply() that belongs to the log: `delivery.user` of each change must have been filled in.
  // Errors: also not_found (what is to be released is not held any more), conflict (a delivery's number or a repeat key
  // is there already).
  Result<void> write(std::span<const Change> changes);

  // What senders have told of a person: their orders and numbers. Deliveries stay.
  Result<void> forget_person(std::string_view email_key);

 private:
  LogTransaction(mariadb::Connection& db, const mariadb::TableNames& tables) : db_(&db), tables_(&tables) {}
  Result<void> read_state();
  Result<void> release(std::span<const Change> changes);
  Result<void> remember_repeats(std::span<const Change> changes);
  Result<void> remember_orders(std::span<const Change> changes);
  Result<void> remember_numbers(std::span<const Change> changes);
  Result<void> hold(std::span<const Change> changes);
  Result<void> count(std::span<const Change> changes);
  std::string sql(std::string_view text) const { return tables_->sql(text); }

  mariadb::Connection* db_;
  const mariadb::TableNames* tables_;
  std::int64_t generation_ = 0;
  DeliveryId last_;
  std::int64_t removed_ = 0;             // Rows that write() has deleted from the log and not counted yet.
  std::map<WebhookId, HeldTotal> held_;  // Those that were asked for.
};

}  // namespace postern::wordpress
