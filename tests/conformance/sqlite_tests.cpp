// What SQLite promises beyond the contract: files, versions, several processes, a full disk.
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_store.h"
#include "support/temp_folder.h"

#include <sys/stat.h>

#include <fstream>
#include <sstream>
#include <thread>

namespace postern {
namespace {

std::string content(const std::string& path) {
  std::stringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

SqliteOptions at(const TempFolder& folder) {
  SqliteOptions options;
  options.path = folder.file("postern.db");
  return options;
}

Result<UserId> add_user(Store& store, const std::string& name, const std::string& payload = {}) {
  const std::unique_ptr<Transaction> transaction = TRY(store.begin());
  Change changes[] = {{}};
  changes[0].delivery.id = DeliveryId{TRY(transaction->last_delivery_id()).value + 1};
  changes[0].delivery.payload = payload;
  changes[0].create = NewUser{.email = name + "@example.com", .login = name, .display_name = name};
  changes[0].email_key = name + "@example.com";
  TRY(transaction->apply(changes));
  TRY(transaction->commit());
  return *changes[0].delivery.user;
}

TEST(SqliteFile, IsMadeForTheOwnerOnlyAndKeepsItsData) {
  const TempFolder folder;
  SqliteOptions options;
  options.path = folder.file("new/folder/postern.db");
  const UserId id = add_user(*SqliteStore::open(options).value(), "ada").value();
  struct stat info {};
  ASSERT_EQ(::stat(options.path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat(folder.file("new/folder").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
  EXPECT_EQ(SqliteStore::open(options).value()->find_user("ada@example.com").value()->id, id);
}

TEST(SqliteFile, MissingIsSaidWhereItMustExist) {
  const TempFolder folder;
  SqliteOptions options = at(folder);
  options.create = false;
  const auto store = SqliteStore::open(options);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Errc::not_found);
  EXPECT_FALSE(std::filesystem::exists(options.path));
}

TEST(SqliteFile, WhatIsNoDatabaseIsRefusedAndLeftAlone) {
  const TempFolder folder;
  const SqliteOptions options = at(folder);
  const std::string cases[] = {std::string(5000, 'x'), "short", std::string("SQLite format 3\0", 16) + "cut"};
  for (const std::string& bytes : cases) {
    write_file(options.path, bytes);
    const auto store = SqliteStore::open(options);
    ASSERT_FALSE(store) << bytes.substr(0, 20);
    EXPECT_EQ(store.error().code, Errc::invalid);
    EXPECT_NE(store.error().message.find(options.path), std::string::npos);
    EXPECT_EQ(content(options.path), bytes);
  }
}

TEST(SqliteFile, DamageWithinIsFound) {
  const TempFolder folder;
  const SqliteOptions options = at(folder);
  { ASSERT_TRUE(add_user(*SqliteStore::open(options).value(), "ada")); }
  std::string bytes = content(options.path);
  for (std::size_t i = 4096; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);
  write_file(options.path, bytes);
  const auto store = SqliteStore::open(options);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Errc::invalid) << store.error().message;
  EXPECT_EQ(content(options.path), bytes);
}

TEST(SqliteFile, AnotherProgramsDatabaseIsRefused) {
  const TempFolder folder;
  const SqliteOptions options = at(folder);
  {
    auto db = sqlite::Connection::open(options.path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, {}).value();
    ASSERT_TRUE(db->execute("CREATE TABLE other(x)"));
  }
  const std::string before = content(options.path);
  EXPECT_EQ(SqliteStore::open(options).error().code, Errc::invalid);
  EXPECT_EQ(content(options.path), before);
}

TEST(SqliteFile, NewerVersionIsRefusedAndLeftAlone) {
  const TempFolder folder;
  const SqliteOptions options = at(folder);
  { ASSERT_TRUE(SqliteStore::open(options)); }
  {
    auto db = sqlite::Connection::open(options.path, SQLITE_OPEN_READWRITE, {}).value();
    ASSERT_TRUE(db->execute("PRAGMA journal_mode = DELETE; PRAGMA user_version = 99"));
  }
  const std::string before = content(options.path);
  const auto store = SqliteStore::open(options);
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().message.find("newer version"), std::string::npos);
  EXPECT_EQ(content(options.path), before);
}

TEST(SqliteFile, OlderVersionIsBackedUpAndBroughtUpToDate) {
  const TempFolder folder;
  SqliteOptions options = at(folder);
  { ASSERT_TRUE(add_user(*SqliteStore::open(options).value(), "ada")); }
  std::vector<const char*> steps(sqlite::migrations().begin(), sqlite::migrations().end());
  steps.push_back("CREATE TABLE added_later(x INTEGER) STRICT;");
  options.migrations = steps;
  const auto store = SqliteStore::open(options).value();
  EXPECT_TRUE(store->find_user("ada@example.com").value().has_value());
  const std::string backup = options.path + ".v" + std::to_string(steps.size() - 1) + ".bak";
  SqliteOptions old;
  old.path = backup;
  EXPECT_TRUE(SqliteStore::open(old).value()->find_user("ada@example.com").value().has_value());
}

TEST(SqliteFile, FailedMigrationChangesNothing) {
  const TempFolder folder;
  SqliteOptions options = at(folder);
  { ASSERT_TRUE(add_user(*SqliteStore::open(options).value(), "ada")); }
  std::vector<const char*> steps(sqlite::migrations().begin(), sqlite::migrations().end());
  steps.push_back("CREATE TABLE added_later(x INTEGER) STRICT; INSERT INTO nonsense VALUES(1);");
  SqliteOptions broken = options;
  broken.migrations = steps;
  EXPECT_FALSE(SqliteStore::open(broken));
  EXPECT_TRUE(SqliteStore::open(options).value()->check().value().empty());
}

TEST(SqliteProcesses, SeeEachOthersChangesAtOnce) {
  const TempFolder folder;
  const auto server = SqliteStore::open(at(folder)).value();
  const auto cli = SqliteStore::open(at(folder)).value();
  const SpaceId space = server->add_space({.slug = "a", .title = "A"}).value();
  const std::int64_t before = server->begin().value()->catalog_generation();
  ASSERT_TRUE(cli->add_space({.slug = "b", .title = "B"}));
  EXPECT_GT(server->begin().value()->catalog_generation(), before);

  const UserId user = add_user(*server, "ada").value();
  ASSERT_TRUE(cli->set_membership(user, {space}, WallTime{}));
  const std::vector<SpaceId> spaces{space};
  const FactsQuery query{"ada@example.com", spaces};
  EXPECT_EQ(server->begin().value()->facts({&query, 1}).value()[0].memberships.size(), 1U);
  ASSERT_TRUE(cli->remove_user(user));
  EXPECT_FALSE(server->begin().value()->facts({&query, 1}).value()[0].user.has_value());
}

TEST(SqliteProcesses, NumberDeliveriesWithoutColliding) {
  const TempFolder folder;
  const auto one = SqliteStore::open(at(folder)).value();
  const auto two = SqliteStore::open(at(folder)).value();
  constexpr int kEach = 50;
  const auto work = [](Store& store, const std::string& prefix) {
    for (int i = 0; i < kEach; ++i) EXPECT_TRUE(add_user(store, prefix + std::to_string(i)));
  };
  std::thread other([&] { work(*two, "b"); });
  work(*one, "a");
  other.join();
  EXPECT_EQ(one->counts()->users, 2 * kEach);
  EXPECT_EQ(one->counts()->deliveries, 2 * kEach);
  EXPECT_TRUE(one->check().value().empty());
}

TEST(SqliteDisk, FullIsUnavailableLosesNothingAndHeals) {
  const TempFolder folder;
  const auto store = SqliteStore::open(at(folder)).value();
  ASSERT_TRUE(add_user(*store, "before"));
  store->limit_pages(60);
  bool failed = false;
  for (int i = 0; i < 200 && !failed; ++i) {
    const auto added = add_user(*store, "u" + std::to_string(i), std::string(20'000, 'x'));
    failed = !added;
    if (failed) {
      EXPECT_EQ(added.error().code, Errc::unavailable);
    }
  }
  ASSERT_TRUE(failed);
  const auto counted = store->counts().value();
  EXPECT_EQ(counted.users, counted.deliveries);
  store->limit_pages(1'000'000);
  EXPECT_TRUE(add_user(*store, "after"));
  EXPECT_TRUE(store->check().value().empty());
}

TEST(SqliteBackup, IsADatabaseOfItsOwn) {
  const TempFolder folder;
  const auto store = SqliteStore::open(at(folder)).value();
  ASSERT_TRUE(add_user(*store, "ada"));
  ASSERT_TRUE(store->backup(folder.file("copy.db")));
  EXPECT_EQ(store->backup(folder.file("copy.db")).error().code, Errc::conflict);
  ASSERT_TRUE(add_user(*store, "bob"));
  struct stat info {};
  ASSERT_EQ(::stat(folder.file("copy.db").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  SqliteOptions copy;
  copy.path = folder.file("copy.db");
  const auto restored = SqliteStore::open(copy).value();
  EXPECT_TRUE(restored->find_user("ada@example.com").value().has_value());
  EXPECT_FALSE(restored->find_user("bob@example.com").value().has_value());
}

}  // namespace
}  // namespace postern
