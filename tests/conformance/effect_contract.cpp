// What deliveries have to do with the outbox, on every store.
#include "conformance/backends.h"

namespace postern {
namespace {

const WallTime kNow{std::chrono::sys_days{std::chrono::year{2030} / 1 / 10}};

class EffectContract : public testing::TestWithParam<Backend> {
 protected:
  TempFolder folder_;
  std::unique_ptr<Store> store_ = GetParam().make(folder_);
};

TEST_P(EffectContract, ADeliveryPutsItsEffectsIn) {
  auto transaction = store_->begin().value();
  Change change;
  change.delivery.id = DeliveryId{9};
  change.delivery.received_at = kNow;
  change.create = NewUser{.email = "a@example.com", .login = "a"};
  change.email_key = "a@example.com";
  change.effects = {EffectKind::welcome_email, EffectKind::events};
  ASSERT_TRUE(transaction->apply(std::span(&change, 1)));
  ASSERT_TRUE(transaction->commit());
  const auto rows = store_->outbox({}).value();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].effect.kind, EffectKind::events);  // Newest first.
  EXPECT_EQ(rows[1].effect.kind, EffectKind::welcome_email);
  EXPECT_EQ(rows[1].effect.delivery, DeliveryId{9});
  EXPECT_EQ(rows[1].effect.user, store_->find_user("a@example.com").value()->id);
  EXPECT_EQ(rows[1].effect.due_at, kNow);
  EXPECT_EQ(store_->counts()->outbox, 2);
}

TEST_P(EffectContract, ADeliveryThatIsNotCommittedPutsNothingIn) {
  {
    auto transaction = store_->begin().value();
    Change change;
    change.delivery.id = DeliveryId{9};
    change.effects = {EffectKind::welcome_email};
    ASSERT_TRUE(transaction->apply(std::span(&change, 1)));
  }
  EXPECT_TRUE(store_->outbox({}).value().empty());
  EXPECT_EQ(store_->next_due(std::vector{EffectKind::welcome_email}).value(), std::nullopt);
}

TEST_P(EffectContract, WhoeverIsRemovedGetsNothingAnyMore) {
  auto transaction = store_->begin().value();
  Change change;
  change.delivery.id = DeliveryId{9};
  change.create = NewUser{.email = "a@example.com", .login = "a"};
  change.email_key = "a@example.com";
  change.effects = {EffectKind::welcome_email};
  ASSERT_TRUE(transaction->apply(std::span(&change, 1)));
  ASSERT_TRUE(transaction->commit());
  transaction.reset();
  ASSERT_TRUE(store_->remove_user(store_->find_user("a@example.com").value()->id));
  EXPECT_TRUE(store_->outbox({}).value().empty());
}

INSTANTIATE_TEST_SUITE_P(Backends, EffectContract, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace postern
