// That the delivery log of a WordPress store stays fast: the number of statements does not follow that of deliveries,
// and a search or a trim does not follow the length of the log.
#include "mariadb/log_store.h"

#include <algorithm>
#include <functional>

namespace postern::wordpress {
namespace {

constexpr WallTime kNow{std::chrono::sys_days{std::chrono::year{2030} / 1 / 1}};
constexpr std::int64_t kRows = 100'000;

// The sum of the connection's counters of that name.
Result<std::int64_t> session_status(mariadb::Connection& db, const std::string& like) {
  mariadb::Query q = db.query("SHOW SESSION STATUS LIKE '" + like + "'");
  std::int64_t sum = 0;
  while (TRY(q.step())) sum += q.integer(1);
  return sum;
}

// What a statement of the log is answered by.
struct Plan {
  std::string key;
  std::string extra;
};

// A log with what is remembered beside it: 50 webhooks, 1,000 people, one in 500 rejected.
class LongLog {
 public:
  explicit LongLog(std::int64_t rows) : database_(server().make_database()), store_(server(), database_) {
    const auto db = server().connect(database_);
    const auto run = [&](std::string sql) {
      const std::string sequence = "seq_1_to_" + std::to_string(rows);
      MariaDbServer::run(*db, store_.tables().sql(sql.replace(sql.find("SEQ"), 3, sequence)));
    };
    run("INSERT INTO {deliveries} (id, received_at, webhook_id, dialect, payload, payload_complete, body_bytes, email,"
        " status, http_status, user_created, welcome_email, duration_us, email_key) SELECT seq, 0, seq % 50, 0,"
        " concat('plan=', seq, ';'), 1, 0, concat('P', seq % 1000, '@example.com'), seq % 500 = 0, 200, 0, 0, 0,"
        " concat('p', seq % 1000, '@example.com') FROM SEQ");
    run("INSERT INTO {repeat_keys} SELECT 1, unhex(md5(seq)), seq, repeat('x', 16) FROM SEQ");
    run("INSERT INTO {sender_orders} SELECT 1, concat('p', seq % 1000, '@example.com'), unhex(md5(seq)), 0, seq"
        " FROM SEQ");
    run("UPDATE {catalog} SET deliveries = (SELECT count(*) FROM SEQ)");
    MariaDbServer::run(*db, store_.tables().sql("ANALYZE TABLE {deliveries}, {repeat_keys}, {sender_orders}"));
    EXPECT_TRUE(store_.log().find_delivery({1})) << "its connection is the pool's, which all others use";
  }
  static MariaDbServer& server() { return MariaDbServer::shared(); }

  LogOnlyStore& store() { return store_; }
  WordpressLog& log() { return store_.log(); }

  // How many rows the server looks at for `work`.
  template <class Work>
  std::int64_t rows_read(Work work) {
    const std::int64_t before = status();
    work();
    const std::int64_t after = status();
    return after - before - (status() - after);  // Asking counts too.
  }

  // How the statements that `work` prepares, and that read the log, are answered. `value` stands for the value that
  // leads through the index.
  template <class Work>
  std::vector<Plan> plans(Work work, const std::string& value) {
    const auto db = server().connect(database_);
    MariaDbServer::run(*db, "SET GLOBAL log_output = 'TABLE'");
    MariaDbServer::run(*db, "TRUNCATE mysql.general_log");
    MariaDbServer::run(*db, "SET GLOBAL general_log = 1");
    work();
    MariaDbServer::run(*db, "SET GLOBAL general_log = 0");
    std::vector<std::string> statements;
    {
      mariadb::Query q = db->query(
          "SELECT argument FROM mysql.general_log WHERE command_type = 'Execute' AND argument LIKE "
          "'SELECT%deliveries%'");
      while (q.step().value()) statements.emplace_back(q.text(0));
    }
    std::vector<Plan> out;
    for (const std::string& each : statements) {
      mariadb::Query q = db->query("EXPLAIN " + each);
      bind_like_a_search(q, each, value);
      while (q.step().value()) out.push_back({std::string(q.text(5)), std::string(q.text(9))});
    }
    return out;
  }

 private:
  static void bind_like_a_search(mariadb::Query& q, const std::string& statement, const std::string& value) {
    if (statement.find("FORCE INDEX") == statement.npos) {
      const auto places = std::count(statement.begin(), statement.end(), '?');
      for (std::int64_t i = 1; i <= places; ++i) q.bind(i);
      return;
    }
    q.bind_null().bind_null().bind(std::int64_t{0}).bind(INT64_MAX);
    if (!value.empty()) q.bind(value);
    q.bind(std::int64_t{0}).bind(INT64_MAX).bind(std::int64_t{51});
  }
  std::int64_t status() {
    return store_.pool().read([](mariadb::Connection& db) { return session_status(db, "Handler_read%"); }).value();
  }

  std::string database_;
  LogOnlyStore store_;
};

class SpeedOfTheLog : public testing::Test {
 protected:
  // Made once, since it takes seconds; nobody changes it.
  static void SetUpTestSuite() { long_log_ = std::make_unique<LongLog>(kRows); }
  static void TearDownTestSuite() { long_log_.reset(); }
  static WordpressLog& log() { return long_log_->log(); }
  static std::int64_t rows_read(const std::function<void()>& work) { return long_log_->rows_read(work); }

  // Finds that text and nothing else.
  static void expect_found(const std::string& text) {
    const auto page = log().search({.text = text, .limit = 2}).value();
    ASSERT_EQ(page.deliveries.size(), 1U) << text;
    EXPECT_EQ(page.deliveries[0].payload, text);
  }

  static inline std::unique_ptr<LongLog> long_log_;
};

TEST(BatchOfTheLog, TakesTheSameNumberOfStatementsHoweverLongItIs) {
  LogOnlyStore store(MariaDbServer::shared());
  std::vector<DeliveryId> held;
  std::int64_t next = 1;
  // Of everything something, released ones included, which the batch before has held.
  const auto statements = [&](std::int64_t size) {
    std::vector<Change> changes;
    std::vector<RepeatKey> keys;
    for (const DeliveryId id : std::exchange(held, {})) {
      changes.push_back({.delivery = {.id = id, .received_at = kNow, .webhook = {1}}, .releases = true});
    }
    for (std::int64_t i = 0; i < size; ++i) {
      const std::string email = std::to_string(next) + "@example.com";
      Change& change = changes.emplace_back();
      change.delivery = {.id = {next}, .received_at = kNow, .webhook = {1}, .payload = "x", .email = email};
      change.repeat_key = RepeatKey{{1}, {std::byte{static_cast<unsigned char>(next)}}};
      change.number = PersonNumber{{1}, email};
      change.number_email = change.number_email_key = email;
      change.orders = {{{1}, email, {}}};
      change.held = "x";
      keys.push_back(*change.repeat_key);
      held.push_back({next++});
    }
    held.resize(static_cast<std::size_t>(size) / 2);
    const auto transaction = store.begin().value();
    EXPECT_TRUE(transaction->repeats(keys));
    std::vector<OrderKey> orders;
    std::vector<PersonNumber> numbers;
    for (const Change& each : changes) {
      if (each.number) numbers.push_back(*each.number);
      orders.insert(orders.end(), each.orders.begin(), each.orders.end());
    }
    EXPECT_TRUE(transaction->order_times(orders));
    EXPECT_TRUE(transaction->people_of(numbers));
    EXPECT_TRUE(transaction->apply(changes));
    EXPECT_TRUE(transaction->commit());
  };
  const auto status = [&] {
    return store.pool().read([](mariadb::Connection& db) { return session_status(db, "Com_stmt_execute"); }).value();
  };
  const auto executed = [&](std::int64_t size) {
    const std::int64_t before = status();
    statements(size);
    return status() - before;
  };
  statements(4);  // So that each batch that counts has something to release.
  const std::int64_t few = executed(8);
  const std::int64_t many = executed(200);
  EXPECT_EQ(few, many);
  EXPECT_EQ(executed(40), many) << "and it releases a hundred";
  EXPECT_LE(many, 16);
}

TEST_F(SpeedOfTheLog, ASearchFollowsAnIndex) {
  struct Case {
    DeliveryQuery query;
    std::string key;
    std::string value;
  };
  const std::vector<Case> cases{
      {{.limit = 50}, "PRIMARY", ""},
      {{.email_key = "p7@example.com", .limit = 50}, "by_email", "p7@example.com"},
      {{.email_key = "p7@example.com", .after = DeliveryId{500}, .limit = 50}, "by_email", "p7@example.com"},
      {{.status = DeliveryStatus::rejected, .limit = 50}, "by_status", "1"},
      {{.status = DeliveryStatus::rejected, .before = DeliveryId{50'000}, .limit = 50}, "by_status", "1"},
      {{.webhook = WebhookId{7}, .limit = 50}, "by_webhook", "7"},
      {{.webhook = WebhookId{7}, .status = DeliveryStatus::processed, .after = DeliveryId{5'000}, .limit = 50},
       "by_webhook",
       "7"},
  };
  for (const Case& each : cases) {
    const auto search = [&] { EXPECT_EQ(log().search(each.query)->deliveries.size(), 50U); };
    EXPECT_LE(rows_read(search), 250) << each.key;
    const std::vector<Plan> plans = long_log_->plans(search, each.value);
    ASSERT_EQ(plans.size(), 2U) << each.key << ": the numbers, then the rows";
    EXPECT_EQ(plans[0].key, each.key);
    EXPECT_EQ(plans[1].key, "PRIMARY");
    for (const Plan& plan : plans) EXPECT_EQ(plan.extra.find("filesort"), std::string::npos) << plan.extra;
  }
}

TEST_F(SpeedOfTheLog, ASearchForTextStopsWhereItIsTold) {
  expect_found("plan=99999;");
  expect_found("plan=77777;");
  DeliveryPage none;
  EXPECT_LE(rows_read([&] { none = log().search({.text = "nothing", .max_examined = 3'000}).value(); }), 3'200);
  EXPECT_TRUE(none.deliveries.empty());
  EXPECT_EQ(none.next, DeliveryId{kRows - 2'999});
}

TEST_F(SpeedOfTheLog, LastDeliveriesAndTheLastNumberAreFoundWithoutReadingTheLog) {
  EXPECT_LE(rows_read([] { EXPECT_EQ(log().last_deliveries()->size(), 50U); }), 1'000);
  EXPECT_LE(rows_read([] { EXPECT_TRUE(long_log_->store().begin()); }), 20);
}

TEST_F(SpeedOfTheLog, WhatIsRememberedIsFoundByItsKey) {
  std::vector<RepeatKey> keys;
  std::vector<OrderKey> orders;
  for (int i = 0; i < 256; ++i) {
    const std::array<std::byte, 16> hash{std::byte{static_cast<unsigned char>(i)}};
    keys.push_back({{1}, hash});
    orders.push_back({{1}, "p7@example.com", hash});
  }
  const auto transaction = long_log_->store().begin().value();
  mariadb::Connection& db = dynamic_cast<LogOnlyTransaction&>(*transaction).connection();
  const auto count = [&](auto ask) {
    const std::int64_t before = session_status(db, "Handler_read%").value();
    ask();
    return session_status(db, "Handler_read%").value() - before;
  };
  EXPECT_LE(count([&] { EXPECT_TRUE(transaction->repeats(keys)); }), 1'000);
  EXPECT_LE(count([&] { EXPECT_TRUE(transaction->order_times(orders)); }), 1'000);
}

TEST(TrimOfTheLog, GoesInPortionsThatReadLittleElse) {
  constexpr std::int64_t kFew = 20'000;
  LongLog long_log(kFew);
  WordpressLog& log = long_log.log();
  const Retention by_rows{.keep_for = std::chrono::hours{24 * 36500}, .keep_rows = kFew - 1'500};
  const WallTime early{};
  std::size_t gone = 0;
  EXPECT_LE(long_log.rows_read([&] { gone = log.trim(by_rows, early, 500).value(); }), 2'000);
  EXPECT_EQ(gone, 500U);
  EXPECT_EQ(log.delivery_count().value(), kFew - 500);
  EXPECT_EQ(log.trim(by_rows, early, 500).value() + log.trim(by_rows, early, 800).value(), 1'000U);
  EXPECT_EQ(log.trim(by_rows, early, 500).value(), 0U);
  EXPECT_FALSE(log.find_delivery({1'500})->has_value());
  EXPECT_TRUE(log.find_delivery({1'501})->has_value());
  // By age: rows, repeat keys and orders are all older than that.
  EXPECT_LE(long_log.rows_read([&] { gone = log.trim({}, kNow, 500).value(); }), 6'000);
  EXPECT_EQ(gone, 1'500U);
}

}  // namespace
}  // namespace postern::wordpress
