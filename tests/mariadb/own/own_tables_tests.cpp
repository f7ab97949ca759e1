// Postern's own tables when several nodes write at once, each through connections of its own, and beside WordPress.
#include "conformance/hashes.h"
#include "mariadb/own/site_tables.h"

#include <atomic>
#include <set>
#include <thread>

namespace postern {
namespace {

using std::chrono::hours;

const WallTime kNow{std::chrono::sys_days{std::chrono::year{2030} / 1 / 1}};
constexpr int kNodes = 4;

class OwnTablesAtOnce : public testing::Test {
 protected:
  // Runs `work(node)` on as many threads, as far as possible at the same moment.
  template <class Work>
  static void at_once(Work work) {
    std::atomic<int> ready = 0;
    std::vector<std::thread> threads;
    for (int node = 0; node < kNodes; ++node) {
      threads.emplace_back([&, node] {
        ++ready;
        while (ready < kNodes) std::this_thread::yield();
        work(node);
      });
    }
    for (std::thread& each : threads) each.join();
  }
  AdminId add_owner(const std::string& email) {
    const AdminId id = tables_.add_admin({.email = email, .role = AdminRole::owner, .created_at = kNow}, email).value();
    EXPECT_TRUE(tables_.set_password(id, "hash"));
    return id;
  }

  SiteTables tables_{MariaDbServer::shared().make_database()};
};

KeyHash seal(const KeyHash& previous, const AuditRow& row) {
  KeyHash out = previous;
  for (const char c : row.target) out[0] = static_cast<std::byte>(static_cast<int>(out[0]) * 31 + c);
  out[1] = static_cast<std::byte>(row.id);
  return out;
}

TEST_F(OwnTablesAtOnce, TheAuditLogStaysOneChain) {
  constexpr int kRows = 20;
  at_once([&](int node) {
    for (int i = 0; i < kRows; ++i) {
      const AuditRow row{.at = kNow, .actor = "ada", .action = "a.b", .target = std::to_string(node * kRows + i)};
      EXPECT_TRUE(tables_.append_audit(row, seal));
    }
  });
  const std::vector<AuditRow> rows = tables_.audit({.after = 0, .limit = 1000}).value();
  ASSERT_EQ(rows.size(), static_cast<std::size_t>(kNodes * kRows));
  KeyHash previous{};
  std::set<std::string> targets;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].id, static_cast<std::int64_t>(i) + 1);
    EXPECT_EQ(rows[i].hash, seal(previous, rows[i])) << rows[i].id;
    previous = rows[i].hash;
    targets.insert(rows[i].target);
  }
  EXPECT_EQ(targets.size(), rows.size());
  EXPECT_EQ(tables_.last_audit_id().value(), kNodes * kRows);
}

// Each sees the others when it looks whether somebody is left.
TEST_F(OwnTablesAtOnce, AnOwnerIsAlwaysLeft) {
  for (int round = 0; round < 10; ++round) {
    std::vector<AdminId> owners;
    for (int node = 0; node < kNodes; ++node) {
      owners.push_back(add_owner(std::to_string(round) + "-" + std::to_string(node) + "@example.com"));
    }
    std::atomic<int> refused = 0;
    at_once([&](int node) {
      const AdminId id = owners[static_cast<std::size_t>(node)];
      const Result<void> done = node % 2 == 0 ? tables_.change_admin(id, {.disabled = true}) : tables_.remove_admin(id);
      if (done) return;
      EXPECT_EQ(done.error().code, Errc::conflict) << done.error().detail;
      ++refused;
    });
    EXPECT_EQ(refused, 1);
    int left = 0;
    const auto admins = tables_.admins().value();
    for (const AdminRecord& each : admins) left += each.admin.disabled ? 0 : 1;
    ASSERT_EQ(left, 1);
    // The one who is left is not counted in the next round.
    add_owner("spare-" + std::to_string(round) + "@example.com");
    for (const AdminRecord& each : admins) ASSERT_TRUE(tables_.remove_admin(each.admin.id));
    const AdminId spare =
        tables_.find_admin_by_email("spare-" + std::to_string(round) + "@example.com").value()->admin.id;
    const AdminId next = add_owner("next-" + std::to_string(round) + "@example.com");
    ASSERT_TRUE(tables_.remove_admin(spare));
    ASSERT_TRUE(tables_.pool().write([&](mariadb::Connection& db) {
      return db.execute("DELETE FROM wp_postern_admins WHERE id = " + std::to_string(next.value));
    }));
  }
}

TEST_F(OwnTablesAtOnce, TheFirstLinkMakesOneOwner) {
  ASSERT_TRUE(tables_.add_link({.hash = hash_of(1), .kind = LinkKind::first, .created_at = kNow}));
  std::atomic<int> made = 0;
  at_once([&](int node) {
    const std::string email = std::to_string(node) + "@example.com";
    const auto done = tables_.redeem_link(hash_of(1), kNow, {"hash", email, email, "Ada"});
    if (done) {
      ++made;
    } else {
      EXPECT_EQ(done.error().code, Errc::not_found) << done.error().detail;
    }
  });
  EXPECT_EQ(made, 1);
  EXPECT_EQ(tables_.admins()->size(), 1U);
}

TEST_F(OwnTablesAtOnce, ACodeAndAStepAreUsedOnce) {
  const AdminId id = add_owner("ada@example.com");
  ASSERT_TRUE(tables_.prepare_totp(id, "sealed"));
  ASSERT_TRUE(tables_.confirm_totp(id, 5, {hash_of(1)}));
  std::atomic<int> steps = 0;
  std::atomic<int> codes = 0;
  at_once([&](int) {
    steps += tables_.use_totp_step(id, 6).value() ? 1 : 0;
    codes += tables_.use_recovery_code(id, hash_of(1)).value() ? 1 : 0;
  });
  EXPECT_EQ(steps, 1);
  EXPECT_EQ(codes, 1);
}

TEST_F(OwnTablesAtOnce, AReplyIsClaimedByOne) {
  for (int round = 0; round < 10; ++round) {
    std::atomic<int> first = 0;
    at_once([&](int) {
      const auto known = tables_.claim_reply({hash_of(round), hash_of(99), "", kNow}, kNow - hours{24}, kNow);
      ASSERT_TRUE(known) << known.error().detail;
      first += known->has_value() ? 0 : 1;
    });
    EXPECT_EQ(first, 1);
  }
}

TEST_F(OwnTablesAtOnce, OneEndpointCannotTakeAllThereIs) {
  std::vector<NewEffect> effects(
      30, {.kind = EffectKind::event, .endpoint = EndpointId{1}, .event_id = "e", .data = "{}", .due_at = kNow});
  ASSERT_TRUE(tables_.enqueue(effects, kNow));
  std::atomic<int> taken = 0;
  at_once([&](int node) {
    const Claim claim{.now = kNow, .token = node + 1, .limit = 2, .kinds = {EffectKind::event}, .per_endpoint = 5};
    for (int i = 0; i < 4; ++i) taken += static_cast<int>(tables_.claim(claim).value().size());
  });
  EXPECT_EQ(taken, 5);
}

TEST_F(OwnTablesAtOnce, ASetPasswordLinkWorksOnce) {
  const UserId ada = tables_.add_user("ada@example.com", "old");
  ASSERT_TRUE(
      tables_.add_user_link({.hash = hash_of(1), .user = ada, .created_at = kNow, .expires_at = kNow + hours{1}}));
  std::atomic<int> used = 0;
  at_once([&](int node) { used += tables_.redeem_user_link(hash_of(1), kNow, "new" + std::to_string(node)) ? 1 : 0; });
  EXPECT_EQ(used, 1);
}

TEST_F(OwnTablesAtOnce, SessionsAreBoundedHoweverManyAreMade) {
  const UserId ada = tables_.add_user("ada@example.com", "");
  at_once([&](int node) {
    for (int i = 0; i < 10; ++i) {
      const int n = node * 10 + i;
      EXPECT_TRUE(tables_.add_user_session(
          {.hash = hash_of(n), .user = ada, .last_seen_at = kNow + hours{n}, .expires_at = kNow + hours{99}}));
    }
  });
  EXPECT_EQ(tables_.remove_user_sessions(ada).value(), PersonStore::kSessionsPerUser);
}

// What a change does not change is no sign that the row is not there.
TEST_F(OwnTablesAtOnce, WritingWhatIsThereAlreadyIsNoError) {
  const AdminId id = add_owner("ada@example.com");
  EXPECT_TRUE(tables_.set_password(id, "hash"));
  EXPECT_TRUE(tables_.change_admin(id, {.role = AdminRole::owner}));
  EXPECT_TRUE(tables_.prepare_totp(id, "sealed"));
  EXPECT_TRUE(tables_.prepare_totp(id, "sealed"));
  EXPECT_TRUE(tables_.remove_totp(id));
  EXPECT_TRUE(tables_.remove_totp(id));
  const UserId user = tables_.add_user("bob@example.com", "same");
  EXPECT_TRUE(tables_.set_user_password(user, "same"));
}

// WordPress removes users without telling.
TEST_F(OwnTablesAtOnce, LinksAndSessionsOfAUserWhoIsGoneOpenNothing) {
  const UserId ada = tables_.add_user("ada@example.com", "");
  ASSERT_TRUE(
      tables_.add_user_link({.hash = hash_of(1), .user = ada, .created_at = kNow, .expires_at = kNow + hours{1}}));
  ASSERT_TRUE(tables_.add_user_session({.hash = hash_of(2), .user = ada, .expires_at = kNow + hours{1}}));
  tables_.remove_user_only(ada);
  EXPECT_EQ(tables_.find_user_link(hash_of(1), kNow).value(), std::nullopt);
  EXPECT_EQ(tables_.redeem_user_link(hash_of(1), kNow, "new").error().code, Errc::not_found);
  EXPECT_EQ(tables_.find_user_session(hash_of(2)).value(), std::nullopt);
}

// An effect that leads to many events is settled with few round trips.
TEST_F(OwnTablesAtOnce, StatementsAreFewHoweverManyFollowUps) {
  const auto statements = [&] {
    return std::stoi(tables_.value(
        "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'COM_STMT_EXECUTE'"));
  };
  const auto settle_with = [&](std::size_t follow_ups) {
    const NewEffect effect{.kind = EffectKind::events, .due_at = kNow};
    EXPECT_TRUE(tables_.enqueue({&effect, 1}, kNow));
    const auto row = tables_.claim({.now = kNow, .token = 1, .limit = 1, .kinds = {EffectKind::events}}).value().at(0);
    Settlement done{.state = OutboxState::done};
    done.follow_ups.assign(follow_ups, {.kind = EffectKind::event, .endpoint = EndpointId{1}, .due_at = kNow});
    const int before = statements();
    EXPECT_TRUE(tables_.settle(row.id, 1, done).value());
    return statements() - before;
  };
  EXPECT_EQ(settle_with(1), settle_with(64));
}

}  // namespace
}  // namespace postern
