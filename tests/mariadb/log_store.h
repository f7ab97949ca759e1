// The delivery log of a WordPress store alone, without users, memberships and effects, on a MariaDB of the test's own.
#pragma once

#include "store/mariadb/pool.h"
#include "store/transaction.h"
#include "store/wordpress/log_schema.h"
#include "store/wordpress/log_transaction.h"
#include "store/wordpress/wordpress_log.h"
#include "support/mariadb_server.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace postern::wordpress {

class LogOnlyTransaction final : public Transaction {
 public:
  static Result<std::unique_ptr<Transaction>> begin(mariadb::Pool& pool, const mariadb::TableNames& tables) {
    std::unique_ptr<LogOnlyTransaction> out(new LogOnlyTransaction(TRY(pool.lease())));
    out->open_.emplace(TRY(mariadb::Transaction::begin(*out->lease_)));
    out->log_.emplace(TRY(LogTransaction::begin(*out->lease_, tables)));
    return std::unique_ptr<Transaction>(std::move(out));
  }

  std::int64_t catalog_generation() const override { return log_->catalog_generation(); }
  Result<DeliveryId> last_delivery_id() override { return log_->last_delivery_id(); }
  Result<std::vector<Facts>> facts(std::span<const FactsQuery> queries) override {
    return std::vector<Facts>(queries.size());
  }
  Result<std::vector<bool>> logins_taken(std::span<const std::string> logins) override {
    return std::vector<bool>(logins.size());
  }
  Result<std::vector<std::optional<Repeat>>> repeats(std::span<const RepeatKey> keys) override {
    return log_->repeats(keys);
  }
  Result<std::vector<std::optional<WallTime>>> order_times(std::span<const OrderKey> orders) override {
    return log_->order_times(orders);
  }
  Result<std::vector<std::optional<std::string>>> people_of(std::span<const PersonNumber> numbers) override {
    return log_->people_of(numbers);
  }
  Result<HeldTotal> held_requests(WebhookId webhook) override { return log_->held_requests(webhook); }
  Result<std::optional<Delivery>> delivery(DeliveryId id) override { return log_->delivery(id); }
  Result<void> apply(std::span<Change> changes) override { return log_->write(changes); }
  Result<void> commit() override { return open_->commit(); }

  LogTransaction& log() { return *log_; }
  mariadb::Connection& connection() { return *lease_; }

 private:
  explicit LogOnlyTransaction(mariadb::Lease lease) : lease_(std::move(lease)) {}

  mariadb::Lease lease_;
  std::optional<mariadb::Transaction> open_;
  std::optional<LogTransaction> log_;
};

class LogOnlyStore final : public Provisioning {
 public:
  explicit LogOnlyStore(MariaDbServer& server) : LogOnlyStore(server, server.make_database()) {}
  LogOnlyStore(MariaDbServer& server, const std::string& database)
      : tables_("wp_"), pool_(server.address(database)), log_(pool_, tables_) {
    const auto connection = server.connect(database);
    for (const char* statement : log_tables()) MariaDbServer::run(*connection, tables_.sql(statement));
  }

  Result<std::unique_ptr<Transaction>> begin() override { return LogOnlyTransaction::begin(pool_, tables_); }
  Result<bool> warm_portion() override { return false; }
  Result<void> checkpoint() override { return {}; }

  mariadb::Pool& pool() { return pool_; }
  const mariadb::TableNames& tables() const { return tables_; }
  WordpressLog& log() { return log_; }

 private:
  const mariadb::TableNames tables_;
  mariadb::Pool pool_;
  WordpressLog log_;
};

}  // namespace postern::wordpress
