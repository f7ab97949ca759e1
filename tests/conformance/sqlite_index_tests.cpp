// What SqliteStore promises about the tables behind its searches.
#include "conformance/backends.h"
#include "store/sqlite/database.h"
#include "store/sqlite/schema.h"

namespace postern {
namespace {

// A database of version 1 with 5 users, 3 of them in a space, and 20 deliveries in two hours.
constexpr const char* kOldRows = R"sql(
INSERT INTO spaces VALUES(1, 0, 'a', 'A', 0, 0, 0, 0);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5)
  INSERT INTO users(email_key, login, created_at) SELECT 'u' || i || '@example.com', 'u' || i, 0 FROM n;
INSERT INTO memberships SELECT id, 1, 0, 0, 0, NULL FROM users WHERE id <= 3;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
  INSERT INTO deliveries(id, received_at, webhook_id, dialect, payload_complete, body_bytes, email, status, http_status,
    user_created, welcome_email, duration_us)
  SELECT i, i * 360000, 1 + i % 2, 0, 1, 0, 'U' || (i % 5) || '@example.com', i % 4 = 0, 200, i <= 5, 0, 0 FROM n;
UPDATE delivery_count SET rows = 20;
)sql";

TEST(SqliteIndexes, AnOldDatabaseGetsThem) {
  const TempFolder folder;
  const std::string path = folder.file("postern.db");
  {
    const auto db = sqlite::Connection::open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, {}).value();
    ASSERT_TRUE(sqlite::migrate(*db, path, sqlite::migrations().first(1)));
    ASSERT_TRUE(db->execute(kOldRows));
  }
  SqliteOptions options;
  options.path = path;
  options.people_segment = 8;
  const auto store = SqliteStore::open(options).value();
  EXPECT_EQ(store->check().value(), std::vector<std::string>{});
  EXPECT_EQ(store->counts()->users, 5);
  EXPECT_EQ(store->member_counts().value()[SpaceId{1}], 3);
  std::int64_t counted = 0;
  std::int64_t new_users = 0;
  const std::vector<DeliveryCount> counts = store->delivery_counts(WallTime{}, std::chrono::hours{1}).value();
  for (const DeliveryCount& each : counts) {
    counted += each.deliveries;
    new_users += each.new_users;
  }
  EXPECT_EQ(counted, 20);
  EXPECT_EQ(new_users, 5);
  EXPECT_EQ(store->deliveries({.email_key = "u2@example.com"})->size(), 4U);
  EXPECT_TRUE(store->index_portion().value());
  EXPECT_TRUE(store->index_portion().value());
  EXPECT_FALSE(store->index_portion().value());  // Fewer than a portion are left; they are looked through.
  EXPECT_EQ(store->deliveries({.email_key = "u2@example.com"})->size(), 4U);
  EXPECT_EQ(store->deliveries({.webhook = WebhookId{1}})->size(), 10U);
  EXPECT_EQ(store->deliveries({.status = DeliveryStatus::rejected})->size(), 5U);
}

}  // namespace
}  // namespace postern
