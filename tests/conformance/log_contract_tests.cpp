// The promise of the delivery log and of what is held, run against every whole store.
#include "conformance/backends.h"
#include "conformance/held_contract.h"
#include "conformance/log_contract.h"

namespace postern {
namespace {

std::vector<LogBackend> log_backends() {
  std::vector<LogBackend> out;
  for (const Backend& backend : backends()) {
    out.push_back({backend.name, [backend](const TempFolder& folder) {
                     const std::shared_ptr<Store> store = backend.make(folder);
                     return LogParts{store, store.get(), store.get(), store.get(),
                                     [store] { return store->counts()->deliveries; }};
                   }});
  }
  return out;
}

INSTANTIATE_TEST_SUITE_P(Backends, LogContract, testing::ValuesIn(log_backends()), log_backend_name);
INSTANTIATE_TEST_SUITE_P(Backends, HeldContract, testing::ValuesIn(log_backends()), log_backend_name);

TEST(SqliteHeld, ABackupHoldsThem) {
  const TempFolder folder;
  SqliteOptions options;
  options.path = folder.file("postern.db");
  {
    auto store = SqliteStore::open(options).value();
    auto transaction = store->begin().value();
    Change change;
    change.delivery.id = {1};
    change.delivery.webhook = {1};
    change.held = "x";
    ASSERT_TRUE(transaction->apply({&change, 1}));
    ASSERT_TRUE(transaction->commit());
    transaction.reset();
    ASSERT_TRUE(store->backup(folder.file("copy.db")));
  }
  options.path = folder.file("copy.db");
  const auto copy = SqliteStore::open(options).value();
  EXPECT_EQ(copy->held_after({1}, {}, 10, 1000).value(), (std::vector<HeldRow>{{{1}, "x"}}));
}

}  // namespace
}  // namespace postern
