// The open write transaction of a SqliteStore.
#pragma once

#include "store/sqlite/database.h"
#include "store/sqlite/known_people.h"
#include "store/transaction.h"

#include <atomic>
#include <map>
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
  std::map<WebhookId, HeldTotal> held;              // Requests that wait, by webhook; those without are not in it.
  std::unordered_set<std::int64_t> administrators;  // Few; so that a person's row need not be read for this.

  // Kept up to date with what this connection writes, so it has a version of its own: -1 when `data_version` alone is.
  explicit KnownState(std::size_t people_bytes) : people(people_bytes) {}
  KnownPeople people;
  std::int64_t people_version = -1;
  UserId people_read_to;                     // All up to this one have been read into `people` …
  std::atomic<bool> people_complete{false};  // … and there are no more. Any thread.
  void forget_people();
};

// The write connection and who may use it.
struct Writer {
  std::mutex mutex;  // Held for as long as a transaction is open.
  std::unique_ptr<sqlite::Connection> connection;
  KnownState known;  // Guarded by mutex.
  std::atomic<bool> last_commit_ok{true};
  int most_log_pages = 0;         // Past this many in the write-ahead log a commit makes room itself.
  std::atomic<int> log_pages{0};  // In it after the last commit.
  explicit Writer(std::size_t people_bytes) : known(people_bytes) {}
};

class SqliteTransaction final : public Transaction {
 public:
  // Takes the write lock. `writer` must outlive the transaction.
  static Result<std::unique_ptr<Transaction>> begin(Writer& writer);
  // Reads the next `portion` persons into what is known. False: all have been read. The caller holds the writer's
  // mutex.
  static Result<bool> read_people(Writer& writer, std::int64_t portion);
  ~SqliteTransaction() override;
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;

  std::int64_t catalog_generation() const override { return writer_.known.generation; }
  Result<DeliveryId> last_delivery_id() override { return writer_.known.last_delivery; }
  Result<std::vector<Facts>> facts(std::span<const FactsQuery> queries) override;
  Result<std::vector<bool>> logins_taken(std::span<const std::string> logins) override;
  Result<std::vector<std::optional<Repeat>>> repeats(std::span<const RepeatKey> keys) override;
  Result<std::vector<std::optional<WallTime>>> order_times(std::span<const OrderKey> orders) override;
  Result<std::vector<std::optional<std::string>>> people_of(std::span<const PersonNumber> numbers) override;
  Result<HeldTotal> held_requests(WebhookId webhook) override;
  Result<std::optional<Delivery>> delivery(DeliveryId id) override;
  Result<void> apply(std::span<Change> changes) override;
  Result<void> commit() override;

 private:
  SqliteTransaction(Writer& writer, std::unique_lock<std::mutex> lock)
      : writer_(writer), db_(*writer.connection), lock_(std::move(lock)) {}
  Result<void> learn();
  Result<std::optional<UserId>> user_of(std::string_view email_key);
  Result<std::optional<Membership>> membership_of(UserId user, SpaceId space);
  Result<void> apply_one(std::span<Change> changes, std::size_t index);
  Result<UserId> create_user(const Change& change);
  Result<void> change_membership(UserId user, const MembershipChange& change, const Delivery& because);
  Result<void> remember_repeat(const Change& change);
  Result<void> remember_orders(const Change& change);
  Result<void> remember_number(const Change& change);
  Result<void> hold(const Change& change);
  Result<void> release(const Change& change);
  Result<void> enqueue(const Change& change);
  // `by`: -1 takes back what was counted.
  void count(const Delivery& delivery, std::int64_t by = 1);
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
