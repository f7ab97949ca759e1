// What SQLite promises beyond the contract about the own tables: upgrades, and an audit log that cannot be changed.
#include "conformance/backends.h"
#include "store/sqlite/schema.h"

#include <filesystem>

namespace postern {
namespace {

const WallTime kNow{std::chrono::sys_days{std::chrono::year{2030} / 1 / 1}};

SqliteOptions at(const TempFolder& folder) {
  SqliteOptions options;
  options.path = folder.file("postern.db");
  return options;
}

KeyHash seal(const KeyHash& previous, const AuditRow& row) {
  KeyHash out = previous;
  out[0] = static_cast<std::byte>(static_cast<int>(out[0]) * 31 + static_cast<int>(row.id));
  return out;
}

TEST(SqliteAccounts, VersionOneIsBroughtUpToDate) {
  const TempFolder folder;
  SqliteOptions options = at(folder);
  options.migrations = sqlite::migrations().first(1);
  { ASSERT_TRUE(SqliteStore::open(options).value()->add_space({.slug = "a", .title = "A"})); }
  const auto store = SqliteStore::open(at(folder)).value();
  EXPECT_TRUE(store->admins()->empty());
  EXPECT_EQ(store->load_catalog()->spaces.size(), 1U);
  EXPECT_TRUE(std::filesystem::exists(options.path + ".v1.bak"));
  EXPECT_TRUE(store->add_admin({.email = "a@example.com", .created_at = kNow}, "a@example.com"));
}

TEST(SqliteAudit, RowsCannotBeChangedOrRemoved) {
  const TempFolder folder;
  const auto store = SqliteStore::open(at(folder)).value();
  ASSERT_TRUE(store->append_audit({.at = kNow, .actor = "ada", .action = "login.ok"}, seal));
  const auto db = sqlite::Connection::open(folder.file("postern.db"), SQLITE_OPEN_READWRITE, {}).value();
  for (const char* sql :
       {"UPDATE audit_log SET actor = 'bob'", "DELETE FROM audit_log", "DELETE FROM audit_log WHERE id = 1"}) {
    EXPECT_FALSE(db->execute(sql)) << sql;
  }
  EXPECT_EQ(store->audit({})->size(), 1U);
}

// The greatest number was SQLite's own to know before version 10.
TEST(SqliteAudit, ItsNumbersGoOnAfterTheUpgrade) {
  const TempFolder folder;
  SqliteOptions options = at(folder);
  options.migrations = sqlite::migrations().first(9);
  { ASSERT_TRUE(SqliteStore::open(options)); }
  {
    const auto db = sqlite::Connection::open(options.path, SQLITE_OPEN_READWRITE, {}).value();
    ASSERT_TRUE(
        db->execute("INSERT INTO audit_log(at, actor, ip, action, target, hash)"
                    " VALUES(1, 'ada', '', 'a.b', '', x'01'), (2, 'ada', '', 'a.b', '', x'02'),"
                    " (3, 'ada', '', 'a.b', '', x'03');"
                    "DROP TRIGGER audit_log_is_kept; DELETE FROM audit_log WHERE id = 3"));
  }
  const auto store = SqliteStore::open(at(folder)).value();
  EXPECT_EQ(store->last_audit_id().value(), 3) << "what was taken out is missed";
  EXPECT_EQ(store->append_audit({.at = kNow, .actor = "ada", .action = "a.b"}, seal).value(), 4);
  EXPECT_EQ(store->last_audit_id().value(), 4);
  const AuditRow last = store->audit({.limit = 1}).value().at(0);
  KeyHash second{};
  second[0] = static_cast<std::byte>(2);
  EXPECT_EQ(last.hash, seal(second, last));
}

TEST(SqliteAudit, ANewLogBeginsWithOne) {
  const TempFolder folder;
  const auto store = SqliteStore::open(at(folder)).value();
  EXPECT_EQ(store->last_audit_id().value(), 0);
  EXPECT_EQ(store->append_audit({.at = kNow, .actor = "ada", .action = "a.b"}, seal).value(), 1);
}

}  // namespace
}  // namespace postern
