// What the delivery log of a WordPress store does beyond the contract: bytes, batches, and one writer at a time.
#include "mariadb/log_store.h"
#include "store/wordpress/write_lock.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace postern::wordpress {
namespace {

constexpr WallTime kNow{std::chrono::sys_days{std::chrono::year{2030} / 1 / 1}};

class LogOfMariaDb : public testing::Test {
 protected:
  LogOfMariaDb() : database_(server().make_database()), store_(server(), database_) {}
  static MariaDbServer& server() { return MariaDbServer::shared(); }

  static Change change(std::int64_t id, DeliveryStatus status = DeliveryStatus::processed) {
    Change out;
    out.delivery = {.id = {id}, .received_at = kNow, .webhook = {1}, .status = status};
    return out;
  }
  static Change held(std::int64_t id, const std::string& request) {
    Change out = change(id, DeliveryStatus::held);
    out.held = request;
    out.held_email_key = "ada@example.com";
    return out;
  }
  static Change release(std::int64_t id, DeliveryStatus status = DeliveryStatus::processed) {
    Change out = change(id, status);
    out.releases = true;
    return out;
  }
  Result<void> write(std::vector<Change> changes) {
    const auto transaction = TRY(store_.begin());
    TRY(transaction->apply(changes));
    return transaction->commit();
  }
  std::string value(const std::string& sql) {
    return server().connect(database_)->value(store_.tables().sql(sql)).value().value_or("NULL");
  }
  std::int64_t counted(DeliveryStatus status) {
    std::int64_t out = 0;
    const auto counts = store_.log().delivery_counts({}, std::chrono::hours{1}).value();
    for (const DeliveryCount& each : counts) {
      if (each.status == status) out += each.deliveries;
    }
    return out;
  }

  std::string database_;
  LogOnlyStore store_;
};

TEST_F(LogOfMariaDb, TheTablesCanBeMadeAgain) {
  ASSERT_TRUE(write({change(5)}));
  for (const char* statement : log_tables()) {
    MariaDbServer::run(*server().connect(database_), store_.tables().sql(statement));
  }
  EXPECT_EQ(value("SELECT concat(count(*), ' ', max(id)) FROM {deliveries}"), "1 5");
  EXPECT_EQ(value("SELECT concat(count(*), ' ', max(deliveries)) FROM {catalog}"), "1 1");
}

TEST_F(LogOfMariaDb, ABatchIsAppliedInItsOrder) {
  const OrderKey order{{1}, "ada@example.com", {std::byte{7}}};
  const PersonNumber number{{1}, "cus_1"};
  std::vector<Change> changes{change(1), change(2), change(3)};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    changes[i].orders = {order, {{1}, "ada@example.com", {std::byte{static_cast<unsigned char>(i)}}}};
    changes[i].order_time = kNow + std::chrono::hours{i == 1 ? 9 : 1};
    changes[i].number = number;
    changes[i].number_email = changes[i].number_email_key = "ada" + std::to_string(i) + "@example.com";
    changes[i].repeat_key = RepeatKey{{1}, {std::byte{static_cast<unsigned char>(i)}}};
  }
  const auto transaction = store_.begin().value();
  ASSERT_TRUE(transaction->apply(changes));
  EXPECT_EQ(transaction->last_delivery_id().value(), DeliveryId{3});
  EXPECT_EQ(transaction->delivery({2}).value(), changes[1].delivery) << "it is seen before the commit";
  const OrderKey orders[] = {{{2}, "x", {}}, order, {{1}, "ada@example.com", {std::byte{2}}}, order};
  using Times = std::vector<std::optional<WallTime>>;
  const WallTime newest = kNow + std::chrono::hours{9};
  EXPECT_EQ(transaction->order_times(orders).value(),
            (Times{std::nullopt, newest, kNow + std::chrono::hours{1}, newest}));
  EXPECT_EQ(transaction->people_of({&number, 1}).value().front(), "ada2@example.com");
  const RepeatKey keys[] = {{{1}, {std::byte{2}}}, {{1}, {std::byte{9}}}, {{1}, {std::byte{0}}}};
  const auto repeats = transaction->repeats(keys).value();
  EXPECT_EQ(repeats[0]->first, DeliveryId{3});
  EXPECT_FALSE(repeats[1]);
  EXPECT_EQ(repeats[2]->first, DeliveryId{1});
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(store_.log().delivery_count().value(), 3);
  EXPECT_EQ(counted(DeliveryStatus::processed), 3);
}

TEST_F(LogOfMariaDb, WhatIsThereAlreadyIsAConflict) {
  ASSERT_TRUE(write({change(1)}));
  EXPECT_EQ(write({change(2), change(1), change(3)}).error().code, Errc::conflict);
  EXPECT_EQ(write({change(2), change(2)}).error().code, Errc::conflict);
  Change first = change(2);
  first.repeat_key = RepeatKey{{1}, {std::byte{7}}};
  Change second = first;
  second.delivery.id = {3};
  EXPECT_EQ(write({first, second}).error().code, Errc::conflict);
  EXPECT_EQ(store_.log().delivery_count().value(), 1);
  EXPECT_EQ(value("SELECT count(*) FROM {deliveries}"), "1");
  EXPECT_EQ(value("SELECT count(*) FROM {repeat_keys}"), "0");
  EXPECT_EQ(counted(DeliveryStatus::processed), 1);
}

TEST_F(LogOfMariaDb, ReleasesOfABatchReplaceTheirRows) {
  std::vector<Change> changes;
  for (std::int64_t id = 1; id <= 6; ++id) {
    changes.push_back(held(id, std::string(static_cast<std::size_t>(id), 'x')));
    changes.back().repeat_key = RepeatKey{{1}, {std::byte{static_cast<unsigned char>(id)}}};
  }
  ASSERT_TRUE(write(changes));
  const auto transaction = store_.begin().value();
  EXPECT_EQ(transaction->held_requests({1}).value(), (HeldTotal{6, 21}));
  std::vector<Change> next{release(1), release(2, DeliveryStatus::rejected), release(3, DeliveryStatus::failed),
                           held(7, "yy"), change(8)};
  ASSERT_TRUE(transaction->apply(next));
  EXPECT_EQ(transaction->held_requests({1}).value(), (HeldTotal{4, 17}));
  std::vector<Change> more{held(9, "z")};
  ASSERT_TRUE(transaction->apply(more));
  EXPECT_EQ(transaction->held_requests({1}).value(), (HeldTotal{5, 18}));
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(value("SELECT group_concat(delivery_id ORDER BY delivery_id) FROM {repeat_keys}"), "1,4,5,6");
  EXPECT_EQ(store_.log().delivery_count().value(), 9);
  EXPECT_EQ(value("SELECT count(*) FROM {deliveries}"), "9");
  EXPECT_EQ(counted(DeliveryStatus::held), 5);
  EXPECT_EQ(counted(DeliveryStatus::rejected), 1);
  EXPECT_EQ(write({release(4), release(4)}).error().code, Errc::not_found);
  EXPECT_EQ(write({release(4), release(1)}).error().code, Errc::not_found);
  EXPECT_EQ(store_.log().held_counts().value().at(0).requests, 5) << "what failed has changed nothing";
}

TEST_F(LogOfMariaDb, WhatSendersWroteIsKeptByteForByte) {
  const std::string odd = "\xff\xfe' \xf0\x9f\x8e\x89 \\";
  Change written = change(1);
  Delivery& d = written.delivery;
  d.event = d.email = d.code = d.message = d.scripts = d.request_head = d.content_type = d.payload = odd;
  written.number = PersonNumber{{1}, "cus " + odd};
  written.number_email = "Ada@Example.com";
  written.number_email_key = "ada@example.com";
  ASSERT_TRUE(write({written}));
  EXPECT_EQ(store_.log().find_delivery({1}).value(), d);
  EXPECT_EQ(store_.log().deliveries({.email_key = odd})->size(), 1U);
  const PersonNumber numbers[] = {*written.number, {{1}, "CUS " + odd}, {{1}, "cus " + odd + " "}};
  using People = std::vector<std::optional<std::string>>;
  EXPECT_EQ(store_.begin().value()->people_of(numbers).value(),
            (People{"Ada@Example.com", std::nullopt, std::nullopt}));
}

TEST_F(LogOfMariaDb, AnAddressThatIsTooLongForTheIndexIsCompared) {
  const std::string long_name(300, 'a');
  Change first = change(1);
  first.delivery.email = long_name + "1";
  Change second = change(2);
  second.delivery.email = long_name + "2";
  ASSERT_TRUE(write({first, second}));
  const auto found = store_.log().search({.email_key = long_name + "1", .limit = 1}).value();
  ASSERT_EQ(found.deliveries.size(), 1U);
  EXPECT_EQ(found.deliveries[0].id, DeliveryId{1});
}

// The server's comparison takes À and ã, and the bytes of some other characters, for equal.
TEST_F(LogOfMariaDb, TextIsFoundByBytesExceptForTheCaseOfAscii) {
  std::vector<Change> changes;
  for (const char* payload : {"=\xc3\x80 Gold", "=\xe3\x80\x80 gold", "=a\x80 GOLD", "silver"}) {
    changes.push_back(change(static_cast<std::int64_t>(changes.size()) + 1));
    changes.back().delivery.payload = payload;
  }
  ASSERT_TRUE(write(changes));
  const auto found = [&](const std::string& text, std::size_t limit) {
    std::vector<std::int64_t> out;
    const auto rows = store_.log().deliveries({.text = text, .limit = limit}).value();
    for (const Delivery& each : rows) out.push_back(each.id.value);
    return out;
  };
  using Ids = std::vector<std::int64_t>;
  EXPECT_EQ(found("\xc3\x80", 1), Ids{1}) << "the page is not filled with what only looks equal";
  EXPECT_EQ(found("gOLd", 2), (Ids{3, 2}));
  EXPECT_EQ(found("gOLd", 50), (Ids{3, 2, 1}));
  EXPECT_EQ(found("%", 50), Ids{});
}

TEST_F(LogOfMariaDb, LastDeliveryOfEachWebhook) {
  std::vector<Change> changes;
  for (std::int64_t i = 1; i <= 5; ++i) {
    changes.push_back(change(i));
    changes.back().delivery.webhook = {i % 2};
    changes.back().delivery.received_at = kNow + std::chrono::minutes{i};
  }
  ASSERT_TRUE(write(changes));
  const std::map<WebhookId, WallTime> want{{{0}, kNow + std::chrono::minutes{4}},
                                           {{1}, kNow + std::chrono::minutes{5}}};
  EXPECT_EQ(store_.log().last_deliveries().value(), want);
}

TEST_F(LogOfMariaDb, WhatSendersToldOfAPersonIsForgottenAlone) {
  std::vector<Change> changes{change(1), change(2)};
  for (Change& each : changes) {
    const std::string email = each.delivery.id.value == 1 ? "ada@example.com" : "bob@example.com";
    each.number = PersonNumber{{1}, email};
    each.number_email = each.number_email_key = email;
    each.orders = {{{1}, email, {std::byte{7}}}};
  }
  ASSERT_TRUE(write(changes));
  const auto transaction = store_.begin().value();
  ASSERT_TRUE(dynamic_cast<LogOnlyTransaction&>(*transaction).log().forget_person("ada@example.com"));
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(value("SELECT group_concat(email_key) FROM {sender_people}"), "bob@example.com");
  EXPECT_EQ(value("SELECT group_concat(email_key) FROM {sender_orders}"), "bob@example.com");
  EXPECT_EQ(value("SELECT count(*) FROM {deliveries}"), "2");
}

TEST_F(LogOfMariaDb, TheSecondWriterWaitsAndSeesWhatTheFirstWrote) {
  auto first = store_.begin().value();
  std::atomic<bool> entered = false;
  std::optional<DeliveryId> last;
  std::thread second([&] {
    const auto transaction = store_.begin();
    entered = true;
    if (transaction) last = transaction.value()->last_delivery_id().value();
  });
  std::vector<Change> changes{change(7)};
  ASSERT_TRUE(first->apply(changes));
  const auto waiting = [&] {
    return value(
               "SELECT variable_value FROM information_schema.global_status"
               " WHERE variable_name = 'Innodb_row_lock_current_waits'") == "1";
  };
  EXPECT_TRUE(comes_true(waiting, std::chrono::seconds(10)));
  EXPECT_FALSE(entered);
  ASSERT_TRUE(first->commit());
  first.reset();
  second.join();
  EXPECT_EQ(last, DeliveryId{7});
}

TEST_F(LogOfMariaDb, WhoWaitsTooLongIsToldToComeAgain) {
  const auto first = store_.begin().value();
  auto address = server().address(database_);
  address.lock_timeout = std::chrono::seconds{1};
  const auto impatient = mariadb::Connection::open(address).value();
  EXPECT_EQ(LogTransaction::begin(*impatient, store_.tables()).error().code, Errc::unavailable);
}

TEST_F(LogOfMariaDb, WithoutItsRowNothingIsWritten) {
  MariaDbServer::run(*server().connect(database_), store_.tables().sql("DELETE FROM {catalog}"));
  const auto refused = write({change(1)});
  EXPECT_EQ(refused.error().code, Errc::internal);
  EXPECT_NE(refused.error().message.find("wp_postern_catalog"), std::string::npos);
  const auto read = [&](mariadb::Connection& db) { return read_generation(db, store_.tables()); };
  EXPECT_EQ(store_.pool().read(read).error().code, Errc::internal);
}

TEST_F(LogOfMariaDb, TheGenerationIsRaisedByWhoHoldsTheLock) {
  const std::int64_t before = store_.begin().value()->catalog_generation();
  ASSERT_TRUE(store_.pool().write([&](mariadb::Connection& db) -> Result<void> {
    TRY(take_write_lock(db, store_.tables()));
    return raise_generation(db, store_.tables());
  }));
  EXPECT_EQ(store_.begin().value()->catalog_generation(), before + 1);
  const auto read = [&](mariadb::Connection& db) { return read_generation(db, store_.tables()); };
  EXPECT_EQ(store_.pool().read(read).value(), before + 1);
}

// Everything that writes at once: nobody finds another in his way, and no number is given twice.
TEST_F(LogOfMariaDb, WritersOfAllKindsDoNotLockEachOther) {
  const auto deadlocks = [&] {
    const auto connection = server().connect();
    mariadb::Query q = connection->query("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'");
    return q.step().value() ? q.integer(1) : -1;
  };
  const std::int64_t before = deadlocks();
  ASSERT_GE(before, 0);
  std::atomic<int> failures = 0;
  const auto batch = [&](int writer) -> Result<void> {
    const auto transaction = TRY(store_.begin());
    std::int64_t id = TRY(transaction->last_delivery_id()).value;
    std::vector<Change> changes;
    for (int i = 0; i < 5; ++i) changes.push_back(i % 2 == 0 ? held(++id, "x") : change(++id));
    for (Change& each : changes) {
      each.delivery.email = "ada@example.com";
      each.number = PersonNumber{{1}, "cus"};
      each.number_email = each.number_email_key = "ada@example.com";
      each.orders = {{{writer % 2}, "ada@example.com", {}}, {{1 - writer % 2}, "ada@example.com", {}}};
    }
    const std::vector<HeldRow> oldest = TRY(store_.log().held_after({1}, {}, 2, 100));
    for (const HeldRow& each : oldest) changes.push_back(release(each.delivery.value));
    TRY(transaction->apply(changes));
    return transaction->commit();
  };
  std::vector<std::thread> threads;
  for (int writer = 0; writer < 4; ++writer) {
    threads.emplace_back([&, writer] {
      for (int i = 0; i < 20; ++i) {
        if (!batch(writer)) ++failures;
      }
    });
  }
  threads.emplace_back([&] {
    for (int i = 0; i < 20; ++i) {
      if (!store_.log().trim({.keep_rows = 20, .keep_repeat_keys_for = {}}, kNow + std::chrono::hours{1}, 7))
        ++failures;
      if (!store_.log().erase_person("ada@example.com", {}, 5)) ++failures;
    }
  });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(deadlocks(), before);
  EXPECT_EQ(store_.log().delivery_count().value(), std::stoll(value("SELECT count(*) FROM {deliveries}")));
}

}  // namespace
}  // namespace postern::wordpress
