// The promise of the person store, run against every adapter.
#include "conformance/backends.h"

namespace postern {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const WallTime kNow{std::chrono::sys_days{std::chrono::year{2030} / 1 / 1}};

KeyHash hash_of(int n) {
  KeyHash out{};
  out[0] = static_cast<std::byte>(n);
  out[31] = static_cast<std::byte>(1);
  return out;
}

class PersonContract : public testing::TestWithParam<Backend> {
 protected:
  UserId add(const std::string& email, const std::string& login, const std::string& password_hash = "") {
    auto transaction = store_->begin().value();
    Change change;
    change.create = NewUser{.email = email, .login = login, .display_name = login, .password_hash = password_hash};
    change.email_key = email;
    change.delivery.id = DeliveryId{transaction->last_delivery_id()->value + 1};
    change.delivery.received_at = kNow;
    Change changes[] = {std::move(change)};
    EXPECT_TRUE(transaction->apply(changes));
    EXPECT_TRUE(transaction->commit());
    return *changes[0].delivery.user;
  }
  static UserLink link(UserId user, int n) {
    return {.hash = hash_of(n),
            .user = user,
            .kind = UserLinkKind::reset,
            .created_at = kNow + minutes{n},
            .expires_at = kNow + minutes{n} + hours{1}};
  }
  static UserSession session(UserId user, int n) {
    return {.hash = hash_of(n),
            .user = user,
            .created_at = kNow,
            .last_seen_at = kNow + minutes{n},
            .expires_at = kNow + hours{24}};
  }
  std::optional<UserLinkState> state(int n, WallTime now = kNow) {
    const auto found = store_->find_user_link(hash_of(n), now).value();
    return found ? std::optional(found->state) : std::nullopt;
  }
  bool has_session(int n) { return store_->find_user_session(hash_of(n))->has_value(); }

  TempFolder folder_;
  std::unique_ptr<Store> store_ = GetParam().make(folder_);
};

TEST_P(PersonContract, CredentialsAreFoundByAddressAndByLoginWithoutRegardToCase) {
  const UserId ada = add("ada@example.com", "Ada", "a hash");
  const Credentials want{store_->user_by_id(ada).value().value(), "a hash"};
  for (const char* name : {"ada@example.com", "ADA@Example.com", "ada", "Ada", "ADA"}) {
    EXPECT_EQ(store_->find_credentials(name).value(), want) << name;
  }
  EXPECT_EQ(store_->credentials_of(ada).value(), want);
  EXPECT_EQ(store_->find_credentials("ada@").value(), std::nullopt);
  EXPECT_EQ(store_->find_credentials("").value(), std::nullopt);
  EXPECT_EQ(store_->credentials_of({99}).value(), std::nullopt);
}

TEST_P(PersonContract, AnAddressGoesBeforeALoginThatLooksLikeIt) {
  add("mallory@example.com", "ada@example.com", "hers");
  const UserId ada = add("ada@example.com", "ada", "his");
  EXPECT_EQ(store_->find_credentials("ada@example.com").value()->user.id, ada);
}

TEST_P(PersonContract, APasswordIsSetAndEndsLinksAndSessions) {
  const UserId ada = add("ada@example.com", "ada");
  const UserId bob = add("bob@example.com", "bob");
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

TEST_P(PersonContract, ALinkWorksOnceAndReplacesTheOthers) {
  const UserId ada = add("ada@example.com", "ada", "old");
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

TEST_P(PersonContract, ALinkExpires) {
  const UserId ada = add("ada@example.com", "ada", "old");
  ASSERT_TRUE(store_->add_user_link(link(ada, 0)));
  EXPECT_EQ(state(0, kNow + minutes{59}), UserLinkState::usable);
  EXPECT_EQ(state(0, kNow + minutes{60}), UserLinkState::expired);
  EXPECT_EQ(store_->redeem_user_link(hash_of(0), kNow + minutes{60}, "new").error().code, Errc::not_found);
  EXPECT_EQ(store_->credentials_of(ada).value()->password_hash, "old");
}

TEST_P(PersonContract, OnlyTheNewestLinksStayUsable) {
  const UserId ada = add("ada@example.com", "ada");
  const UserId bob = add("bob@example.com", "bob");
  ASSERT_TRUE(store_->add_user_link(link(bob, 50)));
  for (int n = 1; n <= 7; ++n) ASSERT_TRUE(store_->add_user_link(link(ada, n)));
  EXPECT_EQ(state(2), UserLinkState::replaced);
  EXPECT_EQ(state(3), UserLinkState::usable);
  EXPECT_EQ(state(7), UserLinkState::usable);
  EXPECT_EQ(state(50), UserLinkState::usable);
}

TEST_P(PersonContract, SessionsAreKeptTouchedAndEnded) {
  const UserId ada = add("ada@example.com", "ada");
  const UserId bob = add("bob@example.com", "bob");
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

TEST_P(PersonContract, SessionsPerUserAreBounded) {
  const UserId ada = add("ada@example.com", "ada");
  for (int n = 1; n <= 22; ++n) ASSERT_TRUE(store_->add_user_session(session(ada, n)));
  EXPECT_FALSE(has_session(2));
  EXPECT_TRUE(has_session(3));
  EXPECT_EQ(store_->remove_user_sessions(ada).value(), PersonStore::kSessionsPerUser);
}

TEST_P(PersonContract, NobodyIsGivenALinkOrASessionWhoIsNotThere) {
  EXPECT_EQ(store_->add_user_link(link({99}, 1)).error().code, Errc::not_found);
  EXPECT_EQ(store_->add_user_session(session({99}, 1)).error().code, Errc::not_found);
}

TEST_P(PersonContract, LinksAndSessionsGoWithTheUser) {
  const UserId ada = add("ada@example.com", "ada");
  ASSERT_TRUE(store_->add_user_link(link(ada, 1)));
  ASSERT_TRUE(store_->add_user_session(session(ada, 2)));
  ASSERT_TRUE(store_->remove_user(ada));
  EXPECT_EQ(state(1), std::nullopt);
  EXPECT_FALSE(has_session(2));
  EXPECT_FALSE(store_->find_access(hash_of(2), SpaceKind::space, "a")->has_value());
  EXPECT_EQ(store_->find_credentials("ada@example.com").value(), std::nullopt);
}

TEST_P(PersonContract, AccessIsReadInOneGo) {
  const UserId ada = add("ada@example.com", "ada");
  const SpaceId space = store_->add_space({.slug = "premium", .title = "Premium"}).value();
  const SpaceId course = store_->add_space({.kind = SpaceKind::course, .slug = "piano", .title = "Piano"}).value();
  const Membership membership{space, Role::moderator, MembershipStatus::blocked};
  ASSERT_TRUE(store_->set_membership(ada, membership, kNow));
  ASSERT_TRUE(store_->add_user_session(session(ada, 1)));
  const auto access = [&](int n, SpaceKind kind, const char* slug) {
    return store_->find_access(hash_of(n), kind, slug).value();
  };
  EXPECT_FALSE(access(2, SpaceKind::space, "premium"));
  const auto found = access(1, SpaceKind::space, "premium");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->session, session(ada, 1));
  EXPECT_EQ(found->user.email, "ada@example.com");
  EXPECT_TRUE(found->space_exists);
  EXPECT_EQ(found->membership, membership);
  EXPECT_TRUE(access(1, SpaceKind::course, "piano")->space_exists);
  EXPECT_EQ(access(1, SpaceKind::course, "piano")->membership, std::nullopt);
  EXPECT_FALSE(access(1, SpaceKind::course, "premium")->space_exists);
  EXPECT_FALSE(access(1, SpaceKind::space, "other")->space_exists);
  ASSERT_TRUE(store_->set_membership(ada, {course, Role::student}, kNow));
  EXPECT_EQ(access(1, SpaceKind::course, "piano")->membership->status, MembershipStatus::active);
  EXPECT_EQ(access(1, SpaceKind::space, "premium")->membership, membership);
}

TEST_P(PersonContract, WhatHasExpiredIsForgotten) {
  const UserId ada = add("ada@example.com", "ada");
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

INSTANTIATE_TEST_SUITE_P(Backends, PersonContract, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace postern
