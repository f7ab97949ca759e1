// The promise of the person store about credentials and access, run against every adapter.
#include "conformance/backends.h"
#include "conformance/log_backends.h"
#include "conformance/user_session.h"

namespace postern {
namespace {

const WallTime kNow{std::chrono::sys_days{std::chrono::year{2030} / 1 / 1}};

class PersonContract : public testing::TestWithParam<Backend> {
 protected:
  UserId add(const std::string& email, const std::string& login, const std::string& password_hash = "") {
    Change change;
    change.create = NewUser{.email = email, .login = login, .display_name = login, .password_hash = password_hash};
    change.email_key = email;
    change.delivery.received_at = kNow;
    return *write_change(*store_, std::move(change)).delivery.user;
  }
  static UserSession session(UserId user, int n) { return user_session(user, n, kNow); }

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

TEST_P(PersonContract, WhoeverIsRemovedCannotLogInAndSeesNothing) {
  const UserId ada = add("ada@example.com", "ada");
  ASSERT_TRUE(store_->add_user_session(session(ada, 2)));
  ASSERT_TRUE(store_->remove_user(ada));
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

INSTANTIATE_TEST_SUITE_P(Backends, PersonContract, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace postern
