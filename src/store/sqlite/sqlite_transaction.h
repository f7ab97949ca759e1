// The open write transaction of a SqliteStore.
#pragma once

#include "store/sqlite/database.h"
#include "store/transaction.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_set>

namespace postern {

// What the write connection knows without asking: wrong as soon as `data_version` differs from SQLite's, which happens
// exactly when another connection has committed. Source: https://www.sqlite.org/pragma.html#pragma_data_version
struct KnownState {
  std::int64_t data_version = -1;
  std::int64_t generation = 0;
  DeliveryId last_delivery;
  std::unordered_set<std::int64_t> administrators;  // Few; so that a person's row need not be read for this.
};

// The write connection and who may use it.
struct Writer {
  std::mutex mutex;  // Held for as long as a transaction is open.
  std::unique_ptr<sqlite::Connection> connection;
  KnownState known;  // Guarded by mutex.
  std::atomic<bool> last_commit_ok{true};
};

class SqliteTransaction final : public Transaction {
 public:
  // Takes the write lock. `writer` must outlive the transaction.
  static Result<std::unique_ptr<Transaction>> begin(Writer& writer);
  ~SqliteTransaction() override;
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;

  std::int64_t catalog_generation() const override { return writer_.known.generation; }
  Result<DeliveryId> last_delivery_id() override { return writer_.known.last_delivery; }
  Result<std::vector<Facts>> facts(std::span<const FactsQuery> queries) override;
  Result<std::vector<bool>> logins_taken(std::span<const std::string> logins) override;
  Result<std::vector<std::optional<Repeat>>> repeats(std::span<const RepeatKey> keys) override;
  Result<std::optional<Delivery>> delivery(DeliveryId id) override;
  Result<void> apply(std::span<Change> changes) override;
  Result<void> commit() override;

 private:
  SqliteTransaction(Writer& writer, std::unique_lock<std::mutex> lock)
      : writer_(writer), db_(*writer.connection), lock_(std::move(lock)) {}
  Result<void> learn();
  Result<Facts> facts_of(const FactsQuery& query);
  Result<void> apply_one(std::span<Change> changes, std::size_t index);
  Result<UserId> create_user(const Change& change);
  Result<void> change_membership(UserId user, const MembershipChange& change, const Delivery& because);
  Result<void> remember_repeat(const Change& change);
  Result<void> enqueue(const Change& change);
  void count(const Delivery& delivery);
  Result<void> write_counts();

  Writer& writer_;
  sqlite::Connection& db_;
  std::unique_lock<std::mutex> lock_;
  // Written once per transaction: mostly all its deliveries fall into one or two of them.
  struct Count {
    std::int64_t hour = 0;
    WebhookId webhook;
    DeliveryStatus status = DeliveryStatus::processed;
    std::int64_t deliveries = 0;
    std::int64_t new_users = 0;
  };
  std::vector<Count> counts_;
  std::int64_t inserted_ = 0;
  bool open_ = true;
};

}  // namespace postern
