#include "pipeline/committer.h"
#include "store/memory/memory_store.h"
#include "support/comes_true.h"
#include "unit/pipeline/site.h"

#include <atomic>
#include <functional>

namespace postern {
namespace {

class QuietLog final : public Log {
 public:
  void write(LogLevel, std::string_view, LogFields) override {}
};

// A store that fails as it is told: whole transactions, or the row of one person.
class FragileStore final : public Provisioning {
 public:
  explicit FragileStore(MemoryStore& store) : store_(store) {}
  Result<std::unique_ptr<Transaction>> begin() override {
    ++transactions;
    if (down) return Error{Errc::unavailable, "The disk is full.", ""};
    return std::unique_ptr<Transaction>(new Fragile(TRY(store_.begin()), poison));
  }
  Result<bool> warm_portion() override { return store_.warm_portion(); }
  Result<void> checkpoint() override { return store_.checkpoint(); }
  std::atomic<bool> down{false};
  std::atomic<int> transactions{0};
  std::function<bool(const Delivery&)> poison = [](const Delivery&) { return false; };

 private:
  class Fragile final : public Transaction {
   public:
    Fragile(std::unique_ptr<Transaction> inner, std::function<bool(const Delivery&)> poison)
        : inner_(std::move(inner)), poison_(std::move(poison)) {}
    std::int64_t catalog_generation() const override { return inner_->catalog_generation(); }
    Result<DeliveryId> last_delivery_id() override { return inner_->last_delivery_id(); }
    Result<std::vector<Facts>> facts(std::span<const FactsQuery> queries) override { return inner_->facts(queries); }
    Result<std::vector<bool>> logins_taken(std::span<const std::string> logins) override {
      return inner_->logins_taken(logins);
    }
    Result<std::vector<std::optional<Repeat>>> repeats(std::span<const RepeatKey> keys) override {
      return inner_->repeats(keys);
    }
    Result<std::vector<std::optional<WallTime>>> order_times(std::span<const OrderKey> orders) override {
      return inner_->order_times(orders);
    }
    Result<std::vector<std::optional<std::string>>> people_of(std::span<const PersonNumber> numbers) override {
      return inner_->people_of(numbers);
    }
    Result<HeldTotal> held_requests(WebhookId webhook) override { return inner_->held_requests(webhook); }
    Result<std::optional<Delivery>> delivery(DeliveryId id) override { return inner_->delivery(id); }
    Result<void> apply(std::span<Change> changes) override {
      for (const Change& change : changes) {
        if (change.delivery.status == DeliveryStatus::processed && poison_(change.delivery)) {
          return Error{Errc::internal, "This row cannot be written.", ""};
        }
      }
      return inner_->apply(changes);
    }
    Result<void> commit() override { return inner_->commit(); }

   private:
    std::unique_ptr<Transaction> inner_;
    std::function<bool(const Delivery&)> poison_;
  };
  MemoryStore& store_;
};

class Commit : public testing::Test {
 protected:
  // Submits one delivery per address and waits for all to be through.
  void run(const std::vector<std::string>& emails) {
    Committer committer({fragile_, site_.catalog(), site_.clock, log_, metrics_}, {}, {});
    for (const std::string& email : emails) {
      Pending pending{site_.arrival("join", email), {}};
      ASSERT_TRUE(committer.submit(pending));
    }
    committer.stop();
  }
  MemoryStore store_;
  Site site_{store_};
  FragileStore fragile_{store_};
  QuietLog log_;
  PipelineMetrics metrics_;
};

TEST_F(Commit, StopCommitsWhatWasSubmitted) {
  run({"a@example.com", "b@example.com", "c@example.com"});
  EXPECT_EQ(store_.counts().value().users, 3);
  EXPECT_EQ(store_.counts().value().deliveries, 3);
}

TEST_F(Commit, OneRowThatCannotBeWrittenDoesNotTakeTheOthersDown) {
  fragile_.poison = [](const Delivery& delivery) { return delivery.email == "b@example.com"; };
  run({"a@example.com", "b@example.com", "c@example.com"});
  EXPECT_TRUE(store_.find_user("a@example.com").value());
  EXPECT_FALSE(store_.find_user("b@example.com").value());
  EXPECT_TRUE(store_.find_user("c@example.com").value());
  const auto rows = store_.deliveries({.status = DeliveryStatus::failed}).value();
  ASSERT_EQ(rows.size(), 1U);  // Its trace.
  EXPECT_EQ(rows[0].email, "b@example.com");
  EXPECT_EQ(rows[0].http_status, 500);
}

TEST_F(Commit, AThrownExceptionFailsOneDeliveryAndEndsNothing) {
  fragile_.poison = [](const Delivery& delivery) -> bool {
    if (delivery.email == "b@example.com") throw std::bad_alloc();
    return false;
  };
  run({"a@example.com", "b@example.com", "c@example.com"});
  EXPECT_EQ(store_.counts().value().users, 2);
  EXPECT_EQ(store_.deliveries({.status = DeliveryStatus::failed}).value().size(), 1U);
}

TEST_F(Commit, AStoreThatIsDownKeepsNothing) {
  fragile_.down = true;
  run({"a@example.com", "b@example.com"});
  EXPECT_EQ(store_.counts().value().users, 0);
  EXPECT_EQ(store_.counts().value().deliveries, 0);
  EXPECT_EQ(metrics_.failed.value(), 2U);
}

TEST_F(Commit, WhatHasMoreBehindItWaitsForIt) {
  Committer committer({fragile_, site_.catalog(), site_.clock, log_, metrics_}, {}, {});
  committer.wake();  // For nothing.
  for (const char* email : {"a@example.com", "b@example.com", "c@example.com"}) {
    Pending pending{site_.arrival("join", email), {}};
    ASSERT_TRUE(committer.submit(pending, Committer::Wake::later));
  }
  committer.wake();
  committer.stop();
  EXPECT_EQ(store_.counts().value().users, 3);
  EXPECT_EQ(fragile_.transactions, 1);
}

// However many more there are: a thread that reads from a thousand connections rests late.
TEST_F(Commit, ManyAreBegunWithoutBeingAskedFor) {
  Committer committer({fragile_, site_.catalog(), site_.clock, log_, metrics_}, {}, {});
  for (int i = 0; i < 64; ++i) {
    Pending pending{site_.arrival("join", "user" + std::to_string(i) + "@example.com"), {}};
    ASSERT_TRUE(committer.submit(pending, Committer::Wake::later));
  }
  EXPECT_TRUE(comes_true([&] { return store_.counts().value().users == 64; }, std::chrono::seconds{20}));
}

TEST_F(Commit, StopCommitsWhatNobodyHasAskedFor) {
  Committer committer({fragile_, site_.catalog(), site_.clock, log_, metrics_}, {}, {});
  Pending pending{site_.arrival("join", "a@example.com"), {}};
  ASSERT_TRUE(committer.submit(pending, Committer::Wake::later));
  committer.stop();
  EXPECT_EQ(store_.counts().value().users, 1);
}

TEST_F(Commit, AFullQueueIsToldToTheSender) {
  Committer committer({fragile_, site_.catalog(), site_.clock, log_, metrics_}, {}, {.queue_deliveries = 0});
  Pending pending{site_.arrival("join", "a@example.com"), {}};
  EXPECT_FALSE(committer.submit(pending));
}

}  // namespace
}  // namespace postern
