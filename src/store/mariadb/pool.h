// Connections for many threads, and the one place that tries again: a deadlock, a conflict in a cluster or a lost
// connection is not seen by who asks.
#pragma once

#include "base/guarded.h"
#include "store/mariadb/database.h"

#include <memory>
#include <utility>
#include <vector>

namespace postern::mariadb {

class Pool;

// A connection that nobody else uses; it goes back when the lease ends, unless it is no good any more.
class Lease {
 public:
  Lease(Pool& pool, std::unique_ptr<Connection> connection) : pool_(&pool), connection_(std::move(connection)) {}
  Lease(Lease&&) = default;
  Lease& operator=(Lease&&) = delete;
  ~Lease();
  Connection& operator*() const { return *connection_; }
  Connection* operator->() const { return connection_.get(); }

 private:
  Pool* pool_;
  std::unique_ptr<Connection> connection_;
};

// Any thread. Connections are made when they are needed; at most kIdle are kept.
class Pool {
 public:
  static constexpr std::size_t kIdle = 8;
  static constexpr int kAttempts = 5;  // Of one piece of work, the first one included.

  explicit Pool(Address address) : address_(std::move(address)) {}

  // Errors: those of Connection::open().
  Result<Lease> lease();

  // Runs `work(Connection&)`, which returns a Result, without a transaction. After a fault that may pass it is run
  // again, so it must begin anew each time. Errors: those of `work` and of lease().
  template <class Work>
  auto read(Work work) -> decltype(work(std::declval<Connection&>()));
  // The same in a transaction of its own. When a connection is lost while committing nobody knows what became of it:
  // that is an error (unavailable), not a reason to try again.
  template <class Work>
  auto write(Work work) -> decltype(work(std::declval<Connection&>()));

  const Address& address() const { return address_; }

 private:
  friend class Lease;
  // Runs `attempt(Connection&, bool& last)` on a connection of its own until it succeeds, sets `last`, or has met a
  // fault that will not pass at once.
  template <class Attempt>
  auto repeatedly(Attempt attempt) -> decltype(attempt(std::declval<Connection&>(), std::declval<bool&>()));
  void give_back(std::unique_ptr<Connection> connection);

  Address address_;
  Guarded<std::vector<std::unique_ptr<Connection>>> idle_;
};

template <class Attempt>
auto Pool::repeatedly(Attempt attempt) -> decltype(attempt(std::declval<Connection&>(), std::declval<bool&>())) {
  for (int number = 1;; ++number) {
    const Lease lease = TRY(this->lease());
    bool last = number == kAttempts;
    auto result = attempt(*lease, last);
    if (result || last) return result;
    const Retry retry = retry_after(lease->last_fault());
    if (retry != Retry::transaction && retry != Retry::connection) return result;
  }
}

template <class Work>
auto Pool::read(Work work) -> decltype(work(std::declval<Connection&>())) {
  return repeatedly([&](Connection& db, bool&) { return work(db); });
}

template <class Work>
auto Pool::write(Work work) -> decltype(work(std::declval<Connection&>())) {
  return repeatedly([&](Connection& db, bool& last) -> decltype(work(db)) {
    Transaction transaction = TRY(Transaction::begin(db));
    auto result = work(db);
    if (!result) return result;
    if (const Result<void> committed = transaction.commit(); !committed) {
      if (db.last_fault() == Fault::connection_lost) last = true;
      return committed.error();
    }
    return result;
  });
}

}  // namespace postern::mariadb
