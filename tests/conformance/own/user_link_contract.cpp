// The promise of the person store about links and sessions, run against every adapter.
#include "conformance/own/own_parts.h"
#include "conformance/user_session.h"

namespace postern {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const WallTime kNow{std::chrono::sys_days{std::chrono::year{2030} / 1 / 1}};

class UserLinkContract : public testing::TestWithParam<OwnBackend> {
 protected:
  static UserLink link(UserId user, int n) {
    return {.hash = hash_of(n),
            .user = user,
            .kind = UserLinkKind::reset,
            .created_at = kNow + minutes{n},
            .expires_at = kNow + minutes{n} + hours{1}};
  }
  static UserSession session(UserId user, int n) { return user_session(user, n, kNow); }
  std::optional<UserLinkState> state(int n, WallTime now = kNow) {
    const auto found = store_->find_user_link(hash_of(n), now).value();
    return found ? std::optional(found->state) : std::nullopt;
  }
  bool has_session(int n) { return store_->find_user_session(hash_of(n))->has_value(); }

  TempFolder folder_;
  OwnParts parts_ = GetParam().make(folder_);
  std::shared_ptr<PersonStore> store_ = parts_.people;
};

TEST_P(UserLinkContract, APasswordIsSetAndEndsLinksAndSessions) {
  const UserId ada = parts_.add_user("ada@example.com", "");
  const UserId bob = parts_.add_user("bob@example.com", "");
  EXPECT_EQ(store_->credentials_of(ada).value()->password_hash, "");
  ASSERT_TRUE(store_->add_user_link(link(ada, 1)));
  ASSERT_TRUE(store_->add_user_link(link(bob, 2)));
  ASSERT_TRUE(store_->add_user_session(session(ada, 3)));
  ASSERT_TRUE(store_->add_user_session(session(bob, 4)));
  ASSERT_TRUE(store_->set_user_password(ada, "new"));
  EXPECT_EQ(store_->credentials_of(ada).value()->password_hash, "new");
  EXPECT_EQ(state(1), UserLinkState::replaced);
  EXPECT_EQ(state(2), UserLinkState::usable);
  EXPECT_FALSE(has_session(3));
  EXPECT_TRUE(has_session(4));
  EXPECT_EQ(store_->set_user_password({99}, "x").error().code, Errc::not_found);
}

TEST_P(UserLinkContract, ALinkWorksOnceAndReplacesTheOthers) {
  const UserId ada = parts_.add_user("ada@example.com", "old");
  for (const int n : {1, 2}) ASSERT_TRUE(store_->add_user_link(link(ada, n)));
  ASSERT_TRUE(store_->add_user_session(session(ada, 3)));
  EXPECT_EQ(store_->find_user_link(hash_of(1), kNow).value()->link, link(ada, 1));
  EXPECT_EQ(store_->redeem_user_link(hash_of(1), kNow, "new").value(), ada);
  EXPECT_EQ(store_->credentials_of(ada).value()->password_hash, "new");
  EXPECT_EQ(state(1), UserLinkState::used);
  EXPECT_EQ(state(2), UserLinkState::replaced);
  EXPECT_FALSE(has_session(3));
  for (const int n : {1, 2, 9}) {
    EXPECT_EQ(store_->redeem_user_link(hash_of(n), kNow, "again").error().code, Errc::not_found) << n;
  }
  EXPECT_EQ(store_->credentials_of(ada).value()->password_hash, "new");
  EXPECT_EQ(state(9), std::nullopt);
}

TEST_P(UserLinkContract, ALinkExpires) {
  const UserId ada = parts_.add_user("ada@example.com", "old");
  ASSERT_TRUE(store_->add_user_link(link(ada, 0)));
  EXPECT_EQ(state(0, kNow + minutes{59}), UserLinkState::usable);
  EXPECT_EQ(state(0, kNow + minutes{60}), UserLinkState::expired);
  EXPECT_EQ(store_->redeem_user_link(hash_of(0), kNow + minutes{60}, "new").error().code, Errc::not_found);
  EXPECT_EQ(store_->credentials_of(ada).value()->password_hash, "old");
}

TEST_P(UserLinkContract, OnlyTheNewestLinksStayUsable) {
  const UserId ada = parts_.add_user("ada@example.com", "");
  const UserId bob = parts_.add_user("bob@example.com", "");
  ASSERT_TRUE(store_->add_user_link(link(bob, 50)));
  for (int n = 1; n <= 7; ++n) ASSERT_TRUE(store_->add_user_link(link(ada, n)));
  EXPECT_EQ(state(2), UserLinkState::replaced);
  EXPECT_EQ(state(3), UserLinkState::usable);
  EXPECT_EQ(state(7), UserLinkState::usable);
  EXPECT_EQ(state(50), UserLinkState::usable);
}

TEST_P(UserLinkContract, SessionsAreKeptTouchedAndEnded) {
  const UserId ada = parts_.add_user("ada@example.com", "");
  const UserId bob = parts_.add_user("bob@example.com", "");
  for (const int n : {1, 2}) ASSERT_TRUE(store_->add_user_session(session(ada, n)));
  ASSERT_TRUE(store_->add_user_session(session(bob, 3)));
  EXPECT_EQ(store_->find_user_session(hash_of(1)).value(), session(ada, 1));
  ASSERT_TRUE(store_->touch_user_session(hash_of(1), kNow + hours{2}));
  EXPECT_EQ(store_->find_user_session(hash_of(1)).value()->last_seen_at, kNow + hours{2});
  EXPECT_EQ(store_->find_user_session(hash_of(2)).value()->last_seen_at, kNow + minutes{2});
  ASSERT_TRUE(store_->remove_user_session(hash_of(1)));
  ASSERT_TRUE(store_->remove_user_session(hash_of(1)));
  EXPECT_FALSE(has_session(1));
  EXPECT_EQ(store_->remove_user_sessions(ada).value(), 1U);
  EXPECT_FALSE(has_session(2));
  EXPECT_TRUE(has_session(3));
}

TEST_P(UserLinkContract, SessionsPerUserAreBounded) {
  const UserId ada = parts_.add_user("ada@example.com", "");
  for (int n = 1; n <= 22; ++n) ASSERT_TRUE(store_->add_user_session(session(ada, n)));
  EXPECT_FALSE(has_session(2));
  EXPECT_TRUE(has_session(3));
  EXPECT_EQ(store_->remove_user_sessions(ada).value(), PersonStore::kSessionsPerUser);
}

TEST_P(UserLinkContract, NobodyIsGivenALinkOrASessionWhoIsNotThere) {
  EXPECT_EQ(store_->add_user_link(link({99}, 1)).error().code, Errc::not_found);
  EXPECT_EQ(store_->add_user_session(session({99}, 1)).error().code, Errc::not_found);
}

TEST_P(UserLinkContract, WhatHasExpiredIsForgotten) {
  const UserId ada = parts_.add_user("ada@example.com", "");
  for (const int n : {1, 2}) ASSERT_TRUE(store_->add_user_session(session(ada, n)));
  ASSERT_TRUE(store_->add_user_link(link(ada, 0)));
  ASSERT_TRUE(store_->forget_expired_people(kNow + hours{2}, kNow + minutes{2}, kNow + minutes{60}));
  EXPECT_FALSE(has_session(1));
  EXPECT_TRUE(has_session(2));
  EXPECT_EQ(state(0, kNow + hours{2}), UserLinkState::expired);
  ASSERT_TRUE(store_->forget_expired_people(kNow + hours{24}, kNow, kNow + minutes{61}));
  EXPECT_FALSE(has_session(2));
  EXPECT_EQ(state(0), std::nullopt);
}

TEST_P(UserLinkContract, LinksAndSessionsGoWithTheUser) {
  const UserId ada = parts_.add_user("ada@example.com", "");
  const UserId bob = parts_.add_user("bob@example.com", "");
  ASSERT_TRUE(store_->add_user_link(link(ada, 1)));
  ASSERT_TRUE(store_->add_user_session(session(ada, 2)));
  ASSERT_TRUE(store_->add_user_session(session(bob, 3)));
  parts_.remove_user(ada);
  EXPECT_EQ(state(1), std::nullopt);
  EXPECT_FALSE(has_session(2));
  EXPECT_TRUE(has_session(3));
  EXPECT_EQ(store_->redeem_user_link(hash_of(1), kNow, "new").error().code, Errc::not_found);
}

INSTANTIATE_TEST_SUITE_P(Backends, UserLinkContract, testing::ValuesIn(own_backends()), own_backend_name);

}  // namespace
}  // namespace postern
