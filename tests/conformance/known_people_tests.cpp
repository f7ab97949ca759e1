// What SqliteStore promises about what it knows by heart, and about the log that it copies beside the commits.
#include "conformance/backends.h"
#include "store/sqlite/known_people.h"

#include <filesystem>

namespace postern {
namespace {

constexpr std::size_t kPlenty = 64UL * 1024 * 1024;

std::string address(std::int64_t user) {
  return "user" + std::to_string(user) + "@example.com";
}

TEST(KnownPeople, AnswersWithWhatWasLearnedLast) {
  KnownPeople people(kPlenty);
  EXPECT_EQ(people.find_user("ada@example.com"), std::nullopt);
  people.learn_user("ada@example.com", {7});
  people.learn_user("ad@example.com", {8});
  EXPECT_EQ(people.find_user("ada@example.com"), UserId{7});
  EXPECT_EQ(people.find_user("ad@example.com"), UserId{8});
  EXPECT_EQ(people.find_user("a@example.com"), std::nullopt);
  people.learn_user("ada@example.com", {9});
  EXPECT_EQ(people.find_user("ada@example.com"), UserId{9});

  EXPECT_FALSE(people.find_membership({7}, {1}).has_value());
  for (const Role role : {Role::member, Role::student, Role::moderator, Role::admin}) {
    for (const auto status : {MembershipStatus::active, MembershipStatus::pending, MembershipStatus::blocked}) {
      const Membership membership{{1}, role, status};
      people.learn_membership({7}, {1}, membership);
      EXPECT_EQ(people.find_membership({7}, {1})->membership, membership);
    }
  }
  people.learn_membership({7}, {1}, std::nullopt);
  ASSERT_TRUE(people.find_membership({7}, {1}).has_value());
  EXPECT_EQ(people.find_membership({7}, {1})->membership, std::nullopt);
  EXPECT_FALSE(people.find_membership({1}, {7}).has_value());
}

TEST(KnownPeople, ForgetsEverythingAtOnce) {
  KnownPeople people(kPlenty);
  for (std::int64_t i = 1; i <= 1000; ++i) {
    people.learn_user(address(i), {i});
    people.learn_membership({i}, {3}, Membership{{3}});
  }
  people.forget();
  for (std::int64_t i = 1; i <= 1000; ++i) {
    EXPECT_EQ(people.find_user(address(i)), std::nullopt);
    EXPECT_FALSE(people.find_membership({i}, {3}).has_value());
  }
}

// The goals of docs/performance.md are set with a million persons; with the default of store.people_bytes, 64 MiB, each
// has 67 bytes.
TEST(KnownPeople, KnowsNearlyAllWhoseRoomIs67BytesEach) {
  for (const std::int64_t persons : {30'000, 200'000}) {
    KnownPeople people(static_cast<std::size_t>(persons) * 67);
    for (std::int64_t i = 1; i <= persons; ++i) {
      people.learn_user(address(i), {i});
      people.learn_membership({i}, {1}, Membership{{1}});
    }
    std::int64_t users = 0;
    std::int64_t memberships = 0;
    for (std::int64_t i = 1; i <= persons; ++i) {
      if (const auto user = people.find_user(address(i))) {
        ASSERT_EQ(*user, UserId{i});
        ++users;
      }
      if (people.find_membership({i}, {1})) ++memberships;
    }
    EXPECT_GT(users, persons * 98 / 100) << persons;
    EXPECT_GT(memberships, persons * 98 / 100) << persons;
  }
}

// How much is known must not depend on how the numbers follow one another.
TEST(KnownPeople, KnowsMembershipsOfRegularNumbers) {
  for (const std::int64_t step : {1, 2, 64, 1000, 4096}) {
    for (const std::int64_t spaces : {1, 5}) {
      KnownPeople people(kPlenty);
      constexpr std::int64_t kUsers = 50'000;
      for (std::int64_t i = 1; i <= kUsers; ++i) people.learn_membership({i * step}, {1 + i % spaces}, std::nullopt);
      std::int64_t found = 0;
      for (std::int64_t i = 1; i <= kUsers; ++i) {
        if (people.find_membership({i * step}, {1 + i % spaces})) ++found;
      }
      EXPECT_GT(found, kUsers * 98 / 100) << step << " " << spaces;
    }
  }
}

// Too little room: it may know fewer, but nothing wrong.
TEST(KnownPeople, GivesUpSomeWhenThereIsNoMoreRoom) {
  for (const std::size_t bytes : {0UL, 1000UL, 100'000UL, 1'000'000UL}) {
    KnownPeople people(bytes);
    for (std::int64_t i = 1; i <= 50'000; ++i) {
      people.learn_user(address(i), {i});
      people.learn_membership({i}, {i % 5}, Membership{{i % 5}});
    }
    std::int64_t found = 0;
    for (std::int64_t i = 1; i <= 50'000; ++i) {
      if (const auto user = people.find_user(address(i))) {
        ASSERT_EQ(*user, UserId{i}) << bytes;
        ++found;
      }
      if (const auto known = people.find_membership({i}, {i % 5})) {
        ASSERT_EQ(known->membership, Membership{{i % 5}}) << bytes;
      }
    }
    EXPECT_LE(found * 40, static_cast<std::int64_t>(bytes)) << "more are known than there is room for";
  }
}

TEST(KnownPeople, TakesWhatIsTooLongOrTooGreatFromTheDatabase) {
  KnownPeople people(kPlenty);
  people.learn_user(std::string(300, 'a'), {1});
  EXPECT_EQ(people.find_user(std::string(300, 'a')), std::nullopt);
  EXPECT_EQ(people.find_user(std::string(300 - 256, 'a')), std::nullopt);
  for (const std::int64_t great : {1LL << 27, 1LL << 32, (1LL << 32) + 1}) {
    people.learn_membership({1}, {great}, Membership{{great}});
    EXPECT_FALSE(people.find_membership({1}, {great}).has_value());
  }
  for (const std::int64_t small : {0, 1}) EXPECT_FALSE(people.find_membership({1}, {small}).has_value());
  const std::int64_t great = (1LL << 32) + 7;
  people.learn_membership({great}, {1}, Membership{{1}});
  EXPECT_FALSE(people.find_membership({great}, {1}).has_value());
  EXPECT_FALSE(people.find_membership({7}, {1}).has_value());
  people.learn_user("ada@example.com", {7});
  people.learn_user("ada@example.com", {great});
  EXPECT_EQ(people.find_user("ada@example.com"), std::nullopt);
  people.learn_user("ada@example.com", {(1LL << 32) - 1});
  EXPECT_EQ(people.find_user("ada@example.com"), UserId{(1LL << 32) - 1});
}

class KnownToStore : public testing::Test {
 protected:
  static SqliteOptions options(const TempFolder& folder) {
    SqliteOptions options;
    options.path = folder.file("postern.db");
    options.people_portion = 2;
    options.checkpoint_pages = 50;
    return options;
  }
  Result<void> write(std::int64_t user, const std::string& payload = {}) {
    const std::unique_ptr<Transaction> transaction = TRY(store_->begin());
    Change changes[] = {{}};
    changes[0].delivery.id = DeliveryId{TRY(transaction->last_delivery_id()).value + 1};
    changes[0].delivery.payload = payload;
    changes[0].create = NewUser{.email = address(user), .login = address(user), .display_name = "x"};
    changes[0].email_key = address(user);
    changes[0].memberships = {{MembershipChange::Kind::join, {space_}}};
    TRY(transaction->apply(changes));
    return transaction->commit();
  }
  Facts facts(std::int64_t user) {
    const std::string email_key = address(user);
    const FactsQuery query{email_key, spaces_};
    return store_->begin().value()->facts({&query, 1}).value().front();
  }
  std::size_t warm() {
    std::size_t portions = 0;
    while (store_->warm_portion().value()) ++portions;
    return portions;
  }
  std::uintmax_t log_pages() const { return std::filesystem::file_size(folder_.file("postern.db-wal")) / 4096; }

  TempFolder folder_;
  std::unique_ptr<SqliteStore> store_ = SqliteStore::open(options(folder_)).value();
  SpaceId space_ = store_->add_space({.slug = "a", .title = "A"}).value();
  std::vector<SpaceId> spaces_{space_};
};

TEST_F(KnownToStore, PeopleAreReadAheadInPortionsOnce) {
  for (std::int64_t i = 1; i <= 5; ++i) ASSERT_TRUE(write(i));
  EXPECT_EQ(warm(), 2U);
  EXPECT_EQ(warm(), 0U);
  EXPECT_EQ(facts(3).memberships, std::vector<Membership>{{space_}});
}

// What concerns no person must not make it forget them: the log is looked after all the time.
TEST_F(KnownToStore, OnlyWhatConcernsPeopleMakesItForget) {
  for (std::int64_t i = 1; i <= 5; ++i) ASSERT_TRUE(write(i));
  EXPECT_EQ(warm(), 2U);
  ASSERT_TRUE(store_->trim({.keep_rows = 1}, WallTime{}, 100));
  ASSERT_TRUE(store_->add_webhook({.name = "w"}));
  ASSERT_TRUE(store_->set_administrator({1}, true));
  ASSERT_TRUE(write(6));
  EXPECT_EQ(warm(), 0U);
  ASSERT_TRUE(store_->remove_membership({1}, space_));
  EXPECT_EQ(warm(), 3U);
  ASSERT_TRUE(store_->remove_user({1}));
  EXPECT_EQ(warm(), 2U);
  ASSERT_TRUE(store_->remove_space(space_));
  EXPECT_EQ(warm(), 2U);
}

TEST_F(KnownToStore, AnotherProcessesChangesAreSeenBeforeAndAfterReadingAhead) {
  const auto cli = SqliteStore::open(options(folder_)).value();
  for (std::int64_t i = 1; i <= 5; ++i) ASSERT_TRUE(write(i));
  warm();
  ASSERT_TRUE(cli->remove_membership({2}, space_));
  EXPECT_TRUE(facts(2).memberships.empty());
  warm();
  ASSERT_TRUE(cli->remove_user({3}));
  ASSERT_TRUE(cli->set_membership({4}, {space_, Role::moderator, MembershipStatus::blocked}, WallTime{}));
  warm();  // Done already as far as it knows.
  EXPECT_FALSE(facts(3).user.has_value());
  EXPECT_EQ(facts(4).memberships, (std::vector<Membership>{{space_, Role::moderator, MembershipStatus::blocked}}));
  EXPECT_EQ(facts(5).memberships, std::vector<Membership>{{space_}});
}

TEST_F(KnownToStore, ACommitThatFailsIsNotKnown) {
  ASSERT_TRUE(write(1));
  warm();
  store_->limit_pages(60);
  std::int64_t user = 1;
  while (user < 200 && write(++user, std::string(20'000, 'x'))) {
  }
  ASSERT_LT(user, 200);
  EXPECT_EQ(facts(user), Facts{});
  EXPECT_EQ(facts(1).memberships, std::vector<Membership>{{space_}});
}

TEST_F(KnownToStore, TheLogIsCopiedBesideCommitsAndBeginsAnew) {
  for (std::int64_t i = 1; i <= 40; ++i) {
    ASSERT_TRUE(write(i, std::string(20 * 4096, 'x')));
    ASSERT_TRUE(store_->checkpoint());
  }
  EXPECT_LT(log_pages(), 100U);
  store_.reset();
  store_ = SqliteStore::open(options(folder_)).value();
  EXPECT_EQ(store_->counts()->users, 40);
  EXPECT_TRUE(store_->check().value().empty());
}

TEST_F(KnownToStore, TheLogStaysBoundedIfNobodyAsksForACopy) {
  for (std::int64_t i = 1; i <= 40; ++i) ASSERT_TRUE(write(i, std::string(20 * 4096, 'x')));
  EXPECT_LT(log_pages(), 300U);
}

}  // namespace
}  // namespace postern
