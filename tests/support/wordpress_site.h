// A WordPress site in the test's MariaDB, and what of Postern works on it.
#pragma once

#include "base/random.h"
#include "identity/email.h"
#include "pipeline/provision.h"
#include "source/form.h"
#include "store/wordpress/catalog_rows.h"
#include "store/wordpress/site_transaction.h"
#include "support/fake_clock.h"
#include "support/mariadb_server.h"

#include <optional>
#include <string>
#include <vector>

namespace postern {

// The site's part of a transaction, with nothing behind it: no log, no repeats, nothing held.
class SiteOnly final : public Transaction {
 public:
  SiteOnly(wordpress::SiteTransaction& site, WallTime now) : site_(site), now_(now) {}
  std::int64_t catalog_generation() const override { return 1; }
  Result<DeliveryId> last_delivery_id() override { return DeliveryId{0}; }
  std::string refuses_new_users() const override { return site_.refuses_new_users(); }
  Result<std::vector<Facts>> facts(std::span<const FactsQuery> queries) override { return site_.facts(queries); }
  Result<std::vector<bool>> logins_taken(std::span<const std::string> logins) override {
    return site_.logins_taken(logins);
  }
  Result<std::vector<std::optional<Repeat>>> repeats(std::span<const RepeatKey> keys) override {
    return std::vector<std::optional<Repeat>>(keys.size());
  }
  Result<std::vector<std::optional<WallTime>>> order_times(std::span<const OrderKey> orders) override {
    return std::vector<std::optional<WallTime>>(orders.size());
  }
  Result<std::vector<std::optional<std::string>>> people_of(std::span<const PersonNumber> numbers) override {
    return std::vector<std::optional<std::string>>(numbers.size());
  }
  Result<HeldTotal> held_requests(WebhookId /*webhook*/) override { return HeldTotal{}; }
  Result<std::optional<Delivery>> delivery(DeliveryId /*id*/) override { return std::optional<Delivery>(); }
  Result<void> apply(std::span<Change> changes) override { return site_.apply(changes, now_); }
  Result<void> commit() override { return {}; }

 private:
  wordpress::SiteTransaction& site_;
  WallTime now_;
};

class WordpressSite {
 public:
  explicit WordpressSite(MariaDbServer& server = MariaDbServer::shared())
      : server_(server),
        database_(server.make_site()),
        db_(server.connect(database_)),
        reader_({.tables = wordpress::SiteTables("wp_"),
                 .zone_folder = std::string(POSTERN_TEST_DATA) + "/wordpress/zoneinfo"}) {
    for (const std::string& each : wordpress::catalog_tables(tables())) MariaDbServer::run(*db_, each);
  }

  // Decides and writes these requests in one batch. What became of each.
  std::vector<Arrival> deliver(const std::vector<std::pair<std::string, std::string>>& key_and_body) {
    std::vector<Arrival> arrivals;
    for (const auto& [key, body] : key_and_body) arrivals.push_back(arrival(key, body));
    deliver(arrivals);
    return arrivals;
  }

  void deliver(std::vector<Arrival>& arrivals) {
    const auto options = reader_.read(*db_);
    ASSERT_TRUE(options) << options.error().message << " " << options.error().detail;
    CatalogData data;
    auto spaces = wordpress::read_spaces(*db_, tables(), options->zone);
    auto webhooks = wordpress::read_webhooks(*db_, tables(), *options, sealer_);
    ASSERT_TRUE(spaces && webhooks);
    data.spaces = *std::move(spaces);
    data.webhooks = *std::move(webhooks);
    const Catalog catalog(std::move(data), {});
    wordpress::SiteTransaction site(*db_, tables(), *options);
    SiteOnly transaction(site, clock_.now());
    std::vector<Arrival*> pointers;
    for (Arrival& each : arrivals) {
      const auto match = catalog.find_key(*each.key_hash);
      const bool usable = match && (match->source == nullptr || match->source->problem.empty());
      if (usable) pointers.push_back(&each);
    }
    LoginHints hints;
    result_ = provision(transaction, catalog, {.mail_server = true}, clock_, hints, pointers);
  }

  Arrival arrival(const std::string& key, const std::string& body) {
    Arrival out;
    out.key_hash = vault_.hash(key);
    const DecodedForm form = decode_form("application/x-www-form-urlencoded", "", body, {});
    if (form.rejection) {
      out.fault = form.rejection;
      return out;
    }
    FormEvent read = read_form(form.fields, {});
    out.event = std::move(read.event);
    out.fault = read.rejection;
    out.email_key = identity::email_key(out.event.email);
    if (!out.event.password.empty()) {
      out.password_hash =
          *wordpress::hash_typed_password(out.event.password, wordpress::PasswordRules::since_6_8, random_, kQuickCost);
    }
    return out;
  }

  std::string value(const std::string& sql) { return db_->value(sql).value().value_or("NULL"); }
  void run(const std::string& sql) { MariaDbServer::run(*db_, sql); }

  mariadb::Connection& db() { return *db_; }
  MariaDbServer& server() { return server_; }
  const std::string& database() const { return database_; }
  const wordpress::SiteTables& tables() const { return reader_.tables(); }
  const wordpress::SiteOptionsReader& reader() const { return reader_; }
  const KeyVault& vault() const { return vault_; }
  const wordpress::KeySealer& sealer() const { return sealer_; }
  FakeClock& clock() { return clock_; }
  const Result<void>& result() const { return result_; }

 private:
  static constexpr int kQuickCost = 4;
  MariaDbServer& server_;
  std::string database_;
  std::unique_ptr<mariadb::Connection> db_;
  wordpress::SiteOptionsReader reader_;
  KeyVault vault_{std::array<std::byte, 32>{}};
  SeededRandom random_{1};
  wordpress::KeySealer sealer_{vault_, random_};
  FakeClock clock_{WallTime(std::chrono::milliseconds(1'795'500'000'000))};  // 2026-11-24T06:00:00Z
  Result<void> result_;
};

}  // namespace postern
