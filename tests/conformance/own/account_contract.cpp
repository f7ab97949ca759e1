// The promise of the account store, run against every adapter.
#include "conformance/hashes.h"
#include "conformance/own/own_parts.h"

namespace postern {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const WallTime kNow{std::chrono::sys_days{std::chrono::year{2030} / 1 / 1}};

// Any function of both will do here.
KeyHash seal(const KeyHash& previous, const AuditRow& row) {
  KeyHash out = previous;
  for (const char c : row.action) out[0] = static_cast<std::byte>(static_cast<int>(out[0]) * 31 + c);
  out[1] = static_cast<std::byte>(row.id);
  return out;
}

class AccountContract : public testing::TestWithParam<OwnBackend> {
 protected:
  AdminId add(const std::string& email, AdminRole role = AdminRole::owner, bool with_password = true) {
    const AdminId id =
        store_->add_admin({.email = email, .name = email, .role = role, .created_at = kNow}, email).value();
    if (with_password) {
      EXPECT_TRUE(store_->set_password(id, "hash"));
    }
    return id;
  }
  Admin admin(AdminId id) { return store_->find_admin(id).value()->admin; }
  static Session session(AdminId id, int n) {
    return {.id = "s" + std::to_string(n),
            .hash = hash_of(n),
            .admin = id,
            .created_at = kNow + minutes{n},
            .last_seen_at = kNow + minutes{n},
            .expires_at = kNow + hours{24},
            .ip = "192.0.2.1",
            .user_agent = "test"};
  }
  static OneTimeLink link(LinkKind kind, AdminId id, int n) {
    OneTimeLink out{.hash = hash_of(n), .kind = kind, .admin = id, .created_at = kNow};
    if (kind != LinkKind::first) out.expires_at = kNow + kLinkLifetime;
    return out;
  }

  TempFolder folder_;
  std::shared_ptr<AccountStore> store_ = GetParam().make(folder_).accounts;
};

TEST_P(AccountContract, AdminIsFoundAsWritten) {
  const Admin written{.email = "Ada@Example.com", .name = "Ada", .role = AdminRole::admin, .created_at = kNow};
  const AdminId id = store_->add_admin(written, "ada@example.com").value();
  Admin want = written;
  want.id = id;
  want.pending = true;
  EXPECT_EQ(admin(id), want);
  EXPECT_EQ(store_->find_admin_by_email("ada@example.com").value()->admin, want);
  EXPECT_EQ(store_->find_admin_by_email("Ada@Example.com").value(), std::nullopt);
  EXPECT_EQ(store_->add_admin(written, "ada@example.com").error().code, Errc::conflict);
  ASSERT_TRUE(store_->set_password(id, "a hash"));
  ASSERT_TRUE(store_->record_login(id, kNow + hours{1}));
  want.pending = false;
  want.last_login_at = kNow + hours{1};
  EXPECT_EQ(store_->admins().value(), (std::vector<AdminRecord>{{want, "a hash", ""}}));
}

TEST_P(AccountContract, ChangesOnlyWhatIsGiven) {
  add("owner@example.com");
  const AdminId id = add("ada@example.com", AdminRole::viewer);
  ASSERT_TRUE(store_->change_admin(id, {.name = "Ada L."}));
  ASSERT_TRUE(store_->change_admin(id, {.role = AdminRole::admin}));
  ASSERT_TRUE(store_->change_admin(id, {.disabled = true}));
  EXPECT_EQ(admin(id).name, "Ada L.");
  EXPECT_EQ(admin(id).role, AdminRole::admin);
  EXPECT_TRUE(admin(id).disabled);
  EXPECT_EQ(store_->change_admin({99}, {.name = "x"}).error().code, Errc::not_found);
  EXPECT_EQ(store_->remove_admin({99}).error().code, Errc::not_found);
  EXPECT_EQ(store_->set_password({99}, "x").error().code, Errc::not_found);
}

TEST_P(AccountContract, TheLastOwnerWhoCanLogInStays) {
  const AdminId ada = add("ada@example.com");
  const AdminId pending = add("pending@example.com", AdminRole::owner, false);
  const auto refused = [&](const Result<void>& done) { return !done && done.error().code == Errc::conflict; };
  EXPECT_TRUE(refused(store_->remove_admin(ada)));
  EXPECT_TRUE(refused(store_->change_admin(ada, {.disabled = true})));
  EXPECT_TRUE(refused(store_->change_admin(ada, {.role = AdminRole::admin})));
  EXPECT_TRUE(store_->change_admin(ada, {.role = AdminRole::owner}));
  EXPECT_TRUE(store_->remove_admin(pending));
  const AdminId bob = add("bob@example.com");
  EXPECT_TRUE(store_->change_admin(ada, {.disabled = true}));
  EXPECT_TRUE(refused(store_->change_admin(bob, {.disabled = true})));
  EXPECT_TRUE(store_->remove_admin(ada));
  EXPECT_TRUE(refused(store_->remove_admin(bob)));
}

TEST_P(AccountContract, AccessEndsWithDisablingRemovalAndANewPassword) {
  add("owner@example.com");
  const auto open = [&](AdminId id) {
    EXPECT_TRUE(store_->add_session(session(id, 1)));
    EXPECT_TRUE(store_->add_link(link(LinkKind::reset, id, 2)));
    EXPECT_TRUE(store_->add_token({.name = "t", .hash = hash_of(3), .created_by = id, .created_at = kNow}));
  };
  const auto left = [&] {
    return std::vector<bool>{store_->find_session(hash_of(1))->has_value(),
                             store_->find_link(hash_of(2), kNow)->has_value(),
                             store_->find_token(hash_of(3))->has_value()};
  };
  const AdminId id = add("ada@example.com");
  open(id);
  EXPECT_EQ(left(), (std::vector<bool>{true, true, true}));
  ASSERT_TRUE(store_->set_password(id, "new"));
  EXPECT_EQ(left(), (std::vector<bool>{false, false, false}));
  open(id);
  ASSERT_TRUE(store_->change_admin(id, {.disabled = true}));
  EXPECT_EQ(left(), (std::vector<bool>{false, false, true}));  // The gate refuses tokens of a disabled admin.
  ASSERT_TRUE(store_->remove_admin(id));
  EXPECT_EQ(left(), (std::vector<bool>{false, false, false}));
}

TEST_P(AccountContract, FirstLinkMakesTheFirstOwnerAndNoOther) {
  ASSERT_TRUE(store_->add_link(link(LinkKind::first, {}, 1)));
  ASSERT_TRUE(store_->add_link(link(LinkKind::first, {}, 2)));
  EXPECT_EQ(store_->find_link(hash_of(1), kNow).value(), std::nullopt);
  EXPECT_EQ(store_->find_link(hash_of(2), kNow + hours{10'000}).value(), link(LinkKind::first, {}, 2));
  const Redemption entered{"hash", "Ada@Example.com", "ada@example.com", "Ada"};
  const AdminId id = store_->redeem_link(hash_of(2), kNow, entered).value();
  const Admin want{.id = id, .email = "Ada@Example.com", .name = "Ada", .role = AdminRole::owner, .created_at = kNow};
  EXPECT_EQ(store_->find_admin(id).value(), (AdminRecord{want, "hash", ""}));
  EXPECT_EQ(store_->redeem_link(hash_of(2), kNow, entered).error().code, Errc::not_found);
  ASSERT_TRUE(store_->add_link(link(LinkKind::first, {}, 3)));
  EXPECT_EQ(store_->find_link(hash_of(3), kNow).value(), std::nullopt);
  EXPECT_EQ(store_->redeem_link(hash_of(3), kNow, entered).error().code, Errc::not_found);
}

TEST_P(AccountContract, OtherLinksWorkOnceInTimeAndForTheirAdminOnly) {
  add("owner@example.com");
  const AdminId id = add("ada@example.com", AdminRole::viewer, false);
  ASSERT_TRUE(store_->add_link(link(LinkKind::invite, id, 1)));
  EXPECT_TRUE(store_->find_link(hash_of(1), kNow + minutes{59})->has_value());
  EXPECT_FALSE(store_->find_link(hash_of(1), kNow + minutes{60})->has_value());
  EXPECT_EQ(store_->redeem_link(hash_of(1), kNow + minutes{60}, {"x"}).error().code, Errc::not_found);
  EXPECT_EQ(store_->redeem_link(hash_of(1), kNow, {.password_hash = "x", .email = "other@example.com"}).value(), id);
  EXPECT_EQ(admin(id).email, "ada@example.com");
  EXPECT_FALSE(admin(id).pending);
  EXPECT_FALSE(store_->find_link(hash_of(1), kNow)->has_value());
  ASSERT_TRUE(store_->add_link(link(LinkKind::reset, id, 2)));
  ASSERT_TRUE(store_->change_admin(id, {.disabled = true}));
  ASSERT_TRUE(store_->add_link(link(LinkKind::reset, id, 3)));
  EXPECT_FALSE(store_->find_link(hash_of(2), kNow)->has_value());
  EXPECT_FALSE(store_->find_link(hash_of(3), kNow)->has_value());
}

TEST_P(AccountContract, SecondFactorIsPreparedConfirmedAndUsedOnce) {
  const AdminId id = add("ada@example.com");
  EXPECT_EQ(store_->confirm_totp(id, 5, {}).error().code, Errc::conflict);
  ASSERT_TRUE(store_->prepare_totp(id, std::string("se\0aled", 7)));
  EXPECT_FALSE(admin(id).totp);
  ASSERT_TRUE(store_->confirm_totp(id, 5, {hash_of(1), hash_of(2)}));
  EXPECT_TRUE(admin(id).totp);
  EXPECT_EQ(store_->find_admin(id).value()->totp_sealed, std::string("se\0aled", 7));
  EXPECT_EQ(store_->prepare_totp(id, "other").error().code, Errc::conflict);
  EXPECT_FALSE(store_->use_totp_step(id, 5).value());
  EXPECT_TRUE(store_->use_totp_step(id, 6).value());
  EXPECT_FALSE(store_->use_totp_step(id, 6).value());
  EXPECT_FALSE(store_->use_totp_step(id, 4).value());
  EXPECT_TRUE(store_->use_recovery_code(id, hash_of(1)).value());
  EXPECT_FALSE(store_->use_recovery_code(id, hash_of(1)).value());
  ASSERT_TRUE(store_->remove_totp(id));
  EXPECT_FALSE(admin(id).totp);
  EXPECT_FALSE(store_->use_recovery_code(id, hash_of(2)).value());
  EXPECT_EQ(store_->prepare_totp({99}, "x").error().code, Errc::not_found);
  EXPECT_EQ(store_->remove_totp({99}).error().code, Errc::not_found);
}

TEST_P(AccountContract, SessionsAreKeptAndEnded) {
  const AdminId ada = add("ada@example.com");
  const AdminId bob = add("bob@example.com");
  for (const int n : {1, 2}) ASSERT_TRUE(store_->add_session(session(ada, n)));
  ASSERT_TRUE(store_->add_session(session(bob, 3)));
  EXPECT_EQ(store_->find_session(hash_of(1)).value(), session(ada, 1));
  EXPECT_EQ(store_->sessions(ada).value(), (std::vector<Session>{session(ada, 2), session(ada, 1)}));
  ASSERT_TRUE(store_->touch_session("s1", kNow + hours{2}));
  EXPECT_EQ(store_->find_session(hash_of(1)).value()->last_seen_at, kNow + hours{2});
  EXPECT_EQ(store_->remove_session(ada, "s3").error().code, Errc::not_found);
  ASSERT_TRUE(store_->remove_session(ada, "s1"));
  EXPECT_EQ(store_->find_session(hash_of(1)).value(), std::nullopt);
  ASSERT_TRUE(store_->remove_sessions(ada));
  EXPECT_TRUE(store_->sessions(ada)->empty());
  EXPECT_EQ(store_->sessions(bob)->size(), 1U);
}

TEST_P(AccountContract, SessionsPerAdminAreBounded) {
  const AdminId ada = add("ada@example.com");
  for (int n = 1; n <= 55; ++n) ASSERT_TRUE(store_->add_session(session(ada, n)));
  EXPECT_EQ(store_->sessions(ada)->size(), AccountStore::kSessionsPerAdmin);
  EXPECT_FALSE(store_->find_session(hash_of(5))->has_value());
  EXPECT_TRUE(store_->find_session(hash_of(6))->has_value());
}

TEST_P(AccountContract, TokensAreKeptAndEnded) {
  const AdminId ada = add("ada@example.com");
  ApiToken token{.name = "backup",
                 .hash = hash_of(1),
                 .permission = Permission::payloads,
                 .created_by = ada,
                 .created_at = kNow,
                 .expires_at = kNow + hours{1}};
  token.id = store_->add_token(token).value();
  EXPECT_EQ(store_->find_token(hash_of(1)).value(), token);
  ASSERT_TRUE(store_->touch_token(token.id, kNow + minutes{1}));
  token.last_used_at = kNow + minutes{1};
  EXPECT_EQ(store_->tokens().value(), (std::vector<ApiToken>{token}));
  ASSERT_TRUE(store_->remove_token(token.id));
  EXPECT_EQ(store_->remove_token(token.id).error().code, Errc::not_found);
  EXPECT_EQ(store_->find_token(hash_of(1)).value(), std::nullopt);
}

TEST_P(AccountContract, AuditRowsAreNumberedChainedAndFiltered) {
  KeyHash previous{};
  for (const auto& [actor, action] : {std::pair("ada", "login.ok"), std::pair("bob", "login.ok"),
                                      std::pair("ada", "webhook.add"), std::pair("ada", "login.ok")}) {
    const AuditRow row{.at = kNow, .actor = actor, .action = action, .before = "", .after = "{}"};
    ASSERT_TRUE(store_->append_audit(row, seal));
  }
  const auto numbers = [&](const AuditQuery& query) {
    std::vector<std::int64_t> out;
    const auto rows = store_->audit(query).value();
    for (const AuditRow& row : rows) out.push_back(row.id);
    return out;
  };
  using Numbers = std::vector<std::int64_t>;
  EXPECT_EQ(numbers({}), (Numbers{4, 3, 2, 1}));
  EXPECT_EQ(numbers({.limit = 2}), (Numbers{4, 3}));
  EXPECT_EQ(numbers({.before = 3}), (Numbers{2, 1}));
  EXPECT_EQ(numbers({.after = 2}), (Numbers{3, 4}));
  EXPECT_EQ(numbers({.action = "login.ok"}), (Numbers{4, 2, 1}));
  EXPECT_EQ(numbers({.actor = "ada"}), (Numbers{4, 3, 1}));
  EXPECT_EQ(numbers({.action = "login.ok", .actor = "ada", .before = 4}), (Numbers{1}));
  EXPECT_EQ(numbers({.action = "login"}), (Numbers{}));
  EXPECT_EQ(store_->last_audit_id().value(), 4);
  const std::vector<AuditRow> rows = store_->audit({.after = 0}).value();
  for (const AuditRow& row : rows) {
    EXPECT_EQ(row.hash, seal(previous, row)) << row.id;
    previous = row.hash;
  }
}

TEST_P(AccountContract, RepliesAreClaimedOnceFinishedAndForgotten) {
  const RememberedReply claim{hash_of(1), hash_of(2), "", kNow};
  const auto claim_at = [&](WallTime now) {
    RememberedReply again = claim;
    again.at = now;
    return store_->claim_reply(again, now - hours{24}, now - minutes{10}).value();
  };
  EXPECT_EQ(claim_at(kNow), std::nullopt);
  EXPECT_EQ(claim_at(kNow + minutes{1}), claim);
  EXPECT_EQ(claim_at(kNow + minutes{11}), std::nullopt);  // Whoever worked on it has died.
  ASSERT_TRUE(store_->finish_reply(hash_of(1), std::string("a\0b", 3)));
  EXPECT_EQ(claim_at(kNow + hours{23})->sealed, std::string("a\0b", 3));
  EXPECT_EQ(claim_at(kNow + hours{25}), std::nullopt);
  ASSERT_TRUE(store_->forget_reply(hash_of(1)));
  EXPECT_EQ(claim_at(kNow + hours{25}), std::nullopt);
}

TEST_P(AccountContract, WhatHasExpiredIsForgotten) {
  const AdminId ada = add("ada@example.com");
  for (const int n : {1, 2}) ASSERT_TRUE(store_->add_session(session(ada, n)));
  ASSERT_TRUE(store_->add_link(link(LinkKind::reset, ada, 3)));
  ASSERT_TRUE(store_->forget_expired(kNow + minutes{30}, kNow + minutes{2}, kNow));
  EXPECT_FALSE(store_->find_session(hash_of(1))->has_value());
  EXPECT_TRUE(store_->find_session(hash_of(2))->has_value());
  EXPECT_TRUE(store_->find_link(hash_of(3), kNow)->has_value());
  ASSERT_TRUE(store_->forget_expired(kNow + hours{24}, kNow, kNow));
  EXPECT_FALSE(store_->find_session(hash_of(2))->has_value());
  EXPECT_FALSE(store_->find_link(hash_of(3), kNow)->has_value());
}

INSTANTIATE_TEST_SUITE_P(Backends, AccountContract, testing::ValuesIn(own_backends()), own_backend_name);

}  // namespace
}  // namespace postern
