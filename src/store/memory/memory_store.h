// A store without a disk, for tests. Forgets everything when it goes.
#pragma once

#include "store/store.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace postern {

class MemoryStore final : public Store {
 public:
  MemoryStore();
  ~MemoryStore() override;

  Result<std::unique_ptr<Transaction>> begin() override;
  Result<bool> warm_portion() override { return false; }  // All is in memory already.
  Result<void> checkpoint() override { return {}; }
  Result<void> check_writable() override { return {}; }

  Result<std::int64_t> catalog_generation() override;
  Result<CatalogData> load_catalog() override;
  std::uint64_t own_changes() const override;
  Result<SpaceId> add_space(const Space& space) override;
  Result<void> update_space(const Space& space, Generation if_generation = {}) override;
  Result<void> remove_space(SpaceId id, Generation if_generation = {}) override;
  Result<WebhookId> add_webhook(const Webhook& webhook) override;
  Result<void> update_webhook(const Webhook& webhook, Generation if_generation = {}) override;
  Result<void> remove_webhook(WebhookId id, Generation if_generation = {}) override;

  Result<std::vector<Endpoint>> endpoints() override;
  Result<std::optional<Endpoint>> find_endpoint(EndpointId id) override;
  Result<std::map<EndpointId, EventCounts>> event_counts() override;
  Result<EndpointId> add_endpoint(const Endpoint& endpoint) override;
  Result<void> update_endpoint(const Endpoint& endpoint) override;
  Result<void> remove_endpoint(EndpointId id, std::int64_t version) override;
  Result<void> record_success(EndpointId id, WallTime at) override;
  Result<void> record_failure(EndpointId id, WallTime at, const std::string& problem) override;

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

  Result<std::vector<AdminRecord>> admins() override;
  Result<std::optional<AdminRecord>> find_admin(AdminId id) override;
  Result<std::optional<AdminRecord>> find_admin_by_email(std::string_view email_key) override;
  Result<AdminId> add_admin(const Admin& admin, const std::string& email_key) override;
  Result<void> change_admin(AdminId id, const AdminChange& change) override;
  Result<void> remove_admin(AdminId id) override;
  Result<void> set_password(AdminId id, const std::string& hash) override;
  Result<void> record_login(AdminId id, WallTime at) override;
  Result<void> prepare_totp(AdminId id, const std::string& sealed) override;
  Result<void> confirm_totp(AdminId id, std::int64_t step, const std::vector<KeyHash>& recovery_codes) override;
  Result<void> remove_totp(AdminId id) override;
  Result<bool> use_totp_step(AdminId id, std::int64_t step) override;
  Result<bool> use_recovery_code(AdminId id, const KeyHash& code) override;
  Result<void> add_link(const OneTimeLink& link) override;
  Result<std::optional<OneTimeLink>> find_link(const KeyHash& hash, WallTime now) override;
  Result<AdminId> redeem_link(const KeyHash& hash, WallTime now, const Redemption& redemption) override;
  Result<void> add_session(const Session& session) override;
  Result<std::optional<Session>> find_session(const KeyHash& hash) override;
  Result<std::vector<Session>> sessions(AdminId admin) override;
  Result<void> touch_session(const std::string& id, WallTime at) override;
  Result<void> remove_session(AdminId admin, const std::string& id) override;
  Result<void> remove_sessions(AdminId admin) override;
  Result<TokenId> add_token(const ApiToken& token) override;
  Result<std::vector<ApiToken>> tokens() override;
  Result<std::optional<ApiToken>> find_token(const KeyHash& hash) override;
  Result<void> touch_token(TokenId id, WallTime at) override;
  Result<void> remove_token(TokenId id) override;
  Result<std::int64_t> append_audit(AuditRow row, const AuditSeal& seal) override;
  Result<std::vector<AuditRow>> audit(const AuditQuery& query) override;
  Result<std::int64_t> last_audit_id() override;
  Result<std::optional<RememberedReply>> claim_reply(const RememberedReply& claim, WallTime since,
                                                     WallTime unfinished_since) override;
  Result<void> finish_reply(const KeyHash& key, const std::string& sealed) override;
  Result<void> forget_reply(const KeyHash& key) override;
  Result<void> forget_expired(WallTime now, WallTime seen_since, WallTime replies_since) override;

  Result<std::vector<OutboxId>> enqueue(std::span<const NewEffect> effects, WallTime at) override;
  Result<std::vector<OutboxRow>> claim(const Claim& claim) override;
  Result<bool> settle(OutboxId id, std::int64_t lease, const Settlement& settlement) override;
  Result<std::optional<WallTime>> next_due(std::span<const EffectKind> kinds) override;
  Result<std::vector<OutboxRow>> outbox(const OutboxQuery& query) override;
  Result<std::optional<OutboxRow>> find_effect(OutboxId id) override;
  Result<std::vector<OutboxAttempt>> attempts(OutboxId id) override;
  Result<OutboxCounts> outbox_counts() override;
  Result<void> retry_effect(OutboxId id, WallTime now) override;
  Result<std::size_t> retry_dead(EffectKind kind, std::optional<EndpointId> endpoint, WallTime now,
                                 std::size_t limit) override;
  Result<std::size_t> trim_outbox(WallTime until, std::size_t batch) override;

  Result<std::vector<MailTemplate>> mail_templates() override;
  Result<void> change_mail_templates(MailKind kind, std::span<const MailTemplateChange> changes) override;
  Result<std::optional<Credentials>> find_credentials(std::string_view name) override;
  Result<std::optional<Credentials>> credentials_of(UserId id) override;
  Result<void> set_user_password(UserId id, const std::string& hash) override;
  Result<void> add_user_link(const UserLink& link) override;
  Result<std::optional<FoundUserLink>> find_user_link(const KeyHash& hash, WallTime now) override;
  Result<UserId> redeem_user_link(const KeyHash& hash, WallTime now, const std::string& password_hash) override;
  Result<void> add_user_session(const UserSession& session) override;
  Result<std::optional<UserSession>> find_user_session(const KeyHash& hash) override;
  Result<void> touch_user_session(const KeyHash& hash, WallTime at) override;
  Result<void> remove_user_session(const KeyHash& hash) override;
  Result<std::size_t> remove_user_sessions(UserId user) override;
  Result<std::optional<SpaceAccess>> find_access(const KeyHash& session, SpaceKind kind,
                                                 std::string_view slug) override;
  Result<void> forget_expired_people(WallTime now, WallTime seen_since, WallTime links_since) override;

  Result<std::vector<HeldCount>> held_counts() override;
  Result<std::vector<HeldRow>> held_after(WebhookId webhook, DeliveryId after, std::size_t limit,
                                          std::size_t bytes) override;

  struct Data;  // Everything it knows, as one value.

 private:
  friend class MemoryTransaction;
  std::mutex writing_;  // Held by whoever changes something, for as long as a transaction is open. Taken first.
  mutable std::mutex mutex_;
  std::unique_ptr<Data> data_;  // Guarded by mutex_.
};

}  // namespace postern
