// What Postern keeps of its own in every SQL database, beside users, spaces and the delivery log: accounts, the audit
// log, endpoints, the outbox, texts of mails, links and sessions of users. Written once; a store inherits it and says
// how its transactions begin and end.
#pragma once

#include "store/account_store.h"
#include "store/endpoint_store.h"
#include "store/mail_template_store.h"
#include "store/outbox_store.h"
#include "store/person_store.h"
#include "store/sql/connection.h"

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace postern::sql {

// What a transaction changes. catalog: also whether there is an endpoint, so that the catalog's generation must rise in
// the same transaction.
enum class Touches { own_tables, catalog };

// Any thread, as the ports say.
class OwnTables : public virtual AccountStore,
                  public virtual EndpointStore,
                  public virtual OutboxStore,
                  public virtual MailTemplateStore,
                  public virtual PersonStore {
 public:
  // --- AccountStore ---
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

  // --- EndpointStore ---
  Result<std::vector<Endpoint>> endpoints() override;
  Result<std::optional<Endpoint>> find_endpoint(EndpointId id) override;
  Result<std::map<EndpointId, EventCounts>> event_counts() override;
  Result<EndpointId> add_endpoint(const Endpoint& endpoint) override;
  Result<void> update_endpoint(const Endpoint& endpoint) override;
  Result<void> remove_endpoint(EndpointId id, std::int64_t version) override;
  Result<void> record_success(EndpointId id, WallTime at) override;
  Result<void> record_failure(EndpointId id, WallTime at, const std::string& problem) override;

  // --- OutboxStore ---
  Result<std::vector<OutboxId>> enqueue(std::span<const NewEffect> effects, WallTime at) override;
  Result<std::vector<OutboxRow>> claim(const Claim& claim) override;
  Result<bool> settle(OutboxId id, std::int64_t lease, const Settlement& settlement) override;
  Result<std::optional<WallTime>> next_due(std::span<const EffectKind> kinds) override;
  Result<std::vector<OutboxRow>> outbox(const OutboxQuery& query) override;
  Result<std::optional<OutboxRow>> find_effect(OutboxId id) override;
  Result<std::vector<OutboxAttempt>> attempts(OutboxId id) override;
  // Counts rows; a store that keeps count overrides it.
  Result<OutboxCounts> outbox_counts() override;
  Result<void> retry_effect(OutboxId id, WallTime now) override;
  Result<std::size_t> retry_dead(EffectKind kind, std::optional<EndpointId> endpoint, WallTime now,
                                 std::size_t limit) override;
  Result<std::size_t> trim_outbox(WallTime until, std::size_t batch) override;

  // --- MailTemplateStore ---
  Result<std::vector<MailTemplate>> mail_templates() override;
  Result<void> change_mail_templates(MailKind kind, std::span<const MailTemplateChange> changes) override;

  // --- PersonStore; credentials and access are where the users are: the store's own. ---
  Result<void> set_user_password(UserId id, const std::string& hash) override;
  Result<void> add_user_link(const UserLink& link) override;
  Result<std::optional<FoundUserLink>> find_user_link(const KeyHash& hash, WallTime now) override;
  Result<UserId> redeem_user_link(const KeyHash& hash, WallTime now, const std::string& password_hash) override;
  Result<void> add_user_session(const UserSession& session) override;
  Result<std::optional<UserSession>> find_user_session(const KeyHash& hash) override;
  Result<void> touch_user_session(const KeyHash& hash, WallTime at) override;
  Result<void> remove_user_session(const KeyHash& hash) override;
  Result<std::size_t> remove_user_sessions(UserId user) override;
  Result<void> forget_expired_people(WallTime now, WallTime seen_since, WallTime links_since) override;

 protected:
  using OwnWork = std::function<Result<void>(Connection&)>;

  // Runs `work` in a transaction of its own, which leaves no trace if it fails. Where a fault may pass, it may be run
  // again: it begins anew each time. Errors: those of `work`; unavailable, internal.
  virtual Result<void> in_transaction(Touches touches, const OwnWork& work) = 0;
  // The same for work that only reads: each of its statements sees what was committed before.
  virtual Result<void> on_reader(const OwnWork& work) = 0;

  // Is there such a user? In `db`'s transaction, or on a reader.
  virtual Result<bool> user_exists(Connection& db, UserId id) = 0;
  // Writes the hash of the user's password. Errors: not_found.
  virtual Result<void> write_user_password(Connection& db, UserId id, const std::string& hash) = 0;

  // Removes what is kept here about a user who is being removed: links, sessions, and effects with their attempts.
  static Result<void> remove_user_rows(Connection& db, UserId id);

 private:
  // in_transaction() and on_reader() for work with a Result<T> of any T.
  template <class AnyWork>
  auto write(Touches touches, AnyWork work) {
    return with_result(work, [&](const OwnWork& plain) { return in_transaction(touches, plain); });
  }
  template <class AnyWork>
  auto write(AnyWork work) {
    return write(Touches::own_tables, std::move(work));
  }
  template <class AnyWork>
  auto read(AnyWork work) {
    return with_result(work, [&](const OwnWork& plain) { return on_reader(plain); });
  }
  template <class AnyWork, class Run>
  static auto with_result(AnyWork& work, Run run) {
    using Out = std::invoke_result_t<AnyWork&, Connection&>;
    std::optional<Out> out;
    Result<void> done = run([&](Connection& db) -> Result<void> {
      out.emplace(work(db));
      if (!*out) return out->error();
      return {};
    });
    if (!done) return Out(std::move(done).error());
    return *std::move(out);
  }

  Result<void> put_user_password(Connection& db, UserId id, const std::string& hash);
};

}  // namespace postern::sql
