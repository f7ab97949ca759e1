// The embedded store: one SQLite file in WAL mode, synced at every commit. Works with several processes on one file,
// so that the CLI runs beside the server.
#pragma once

#include "store/sql/own_tables.h"
#include "store/store.h"

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace postern {

struct SqliteOptions {
  std::string path;    // Of the database file. Its folder is made if it does not exist.
  bool create = true;  // False: a missing file is an error.
  std::chrono::milliseconds busy_timeout{10'000};
  std::size_t cache_bytes = 64UL * 1024 * 1024;    // Of the write connection's pages.
  std::size_t people_bytes = 128UL * 1024 * 1024;  // Most memory for persons who are known by heart.
  std::int64_t people_portion = 1000;              // Persons who are read into it at once.
  int checkpoint_pages = 4000;         // Of the write-ahead log, 4 KiB each, that are copied into the database at once.
  std::int64_t people_segment = 2048;  // Deliveries that are indexed at once by their e-mail addresses.
  std::span<const char* const> migrations;  // For tests; empty: the real ones.
};

namespace sqlite {
class Connection;
}

class SqliteStore final : public Store, public sql::OwnTables {
 public:
  // Errors: invalid (damaged, newer, or not ours), not_found (missing, with create = false), unavailable (folder or
  // file cannot be used). The message names the file and the way out; nothing is touched then.
  static Result<std::unique_ptr<SqliteStore>> open(const SqliteOptions& options);
  ~SqliteStore() override;
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  Result<std::unique_ptr<Transaction>> begin() override;
  Result<bool> warm_portion() override;
  Result<void> checkpoint() override;
  // Takes the write lock and lets it go again; also looks for free disk space. Does not wait: if somebody is writing
  // right now, the last commit's outcome is the answer.
  Result<void> check_writable() override;

  Result<std::int64_t> catalog_generation() override;
  Result<CatalogData> load_catalog() override;
  std::uint64_t own_changes() const override;
  Result<SpaceId> add_space(const Space& space) override;
  Result<void> update_space(const Space& space, Generation if_generation = {}) override;
  Result<void> remove_space(SpaceId id, Generation if_generation = {}) override;
  Result<WebhookId> add_webhook(const Webhook& webhook) override;
  Result<void> update_webhook(const Webhook& webhook, Generation if_generation = {}) override;
  Result<void> remove_webhook(WebhookId id, Generation if_generation = {}) override;

  Result<std::optional<User>> find_user(std::string_view email_key) override;
  Result<std::optional<User>> user_by_id(UserId id) override;
  Result<UserList> list_users(const UserPage& page) override;
  Result<std::vector<Member>> members(SpaceId space, UserId after, std::size_t limit) override;
  Result<std::map<SpaceId, std::int64_t>> member_counts() override;
  Result<std::vector<MembershipRow>> memberships(UserId user) override;
  Result<void> set_administrator(UserId user, bool administrator) override;
  Result<void> edit_user(UserId user, const UserEdit& edit) override;
  Result<void> remove_user(UserId user) override;
  Result<void> set_membership(UserId user, const Membership& membership, WallTime at) override;
  Result<void> remove_membership(UserId user, SpaceId space) override;
  Result<Counts> counts() override;

  Result<DeliveryPage> search(const DeliveryQuery& query) override;
  Result<std::optional<Delivery>> find_delivery(DeliveryId id) override;
  Result<std::size_t> trim(const Retention& retention, WallTime now, std::size_t batch) override;
  Result<bool> index_portion() override;
  Result<std::vector<DeliveryCount>> delivery_counts(WallTime since, std::chrono::hours bucket) override;
  Result<std::map<WebhookId, WallTime>> last_deliveries() override;
  Result<EraseProgress> erase_person(std::string_view email_key, std::optional<DeliveryId> before,
                                     std::size_t batch) override;

  Result<OutboxCounts> outbox_counts() override;
  Result<std::optional<Credentials>> find_credentials(std::string_view name) override;
  Result<std::optional<Credentials>> credentials_of(UserId id) override;
  Result<std::optional<SpaceAccess>> find_access(const KeyHash& session, SpaceKind kind,
                                                 std::string_view slug) override;

  Result<std::vector<HeldCount>> held_counts() override;
  Result<std::vector<HeldRow>> held_after(WebhookId webhook, DeliveryId after, std::size_t limit,
                                          std::size_t bytes) override;

  // A consistent copy, made beside running writers; readable by the owner only. Errors: conflict (the file exists),
  // unavailable.
  Result<void> backup(const std::string& path);
  // Looks through the whole database; one sentence per problem, none if all is well. May take minutes.
  Result<std::vector<std::string>> check();
  // Lets the database grow to so many pages and no more, as a full disk would. For tests.
  void limit_pages(std::int64_t pages);

 private:
  Result<void> in_transaction(sql::Touches touches, const OwnWork& work) override;
  Result<void> on_reader(const OwnWork& work) override;
  Result<bool> user_exists(sql::Connection& db, UserId id) override;
  Result<void> write_user_password(sql::Connection& db, UserId id, const std::string& hash) override;

  struct Parts;  // Connections and their locks.
  explicit SqliteStore(std::unique_ptr<Parts> parts);
  // What a write changes of that which SqliteTransaction knows by heart. catalog: also raises its generation.
  enum class Touches { nothing_known, people, catalog };
  // Runs `work(Connection&)` in a write transaction of its own.
  template <class Work>
  auto write(Touches touches, Work work) -> decltype(work(std::declval<sqlite::Connection&>()));
  template <class Work>
  auto write(bool catalog, Work work) -> decltype(work(std::declval<sqlite::Connection&>()));
  // Runs `work(Connection&)` on a read connection.
  template <class Work>
  auto read(Work work) -> decltype(work(std::declval<sqlite::Connection&>()));

  std::unique_ptr<Parts> parts_;
};

}  // namespace postern
