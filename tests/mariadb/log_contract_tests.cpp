// What every store promises of the delivery log and of what is held, kept on MariaDB.
#include "conformance/held_contract.h"
#include "conformance/log_contract.h"
#include "mariadb/log_store.h"

namespace postern {
namespace {

LogParts make_parts(const TempFolder&) {
  const auto store = std::make_shared<wordpress::LogOnlyStore>(MariaDbServer::shared());
  return {store, store.get(), &store->log(), &store->log(), [store] { return store->log().delivery_count().value(); }};
}

const LogBackend kMariaDb{"MariaDb", make_parts};

INSTANTIATE_TEST_SUITE_P(Backends, LogContract, testing::Values(kMariaDb), log_backend_name);
INSTANTIATE_TEST_SUITE_P(Backends, HeldContract, testing::Values(kMariaDb), log_backend_name);

}  // namespace
}  // namespace postern
