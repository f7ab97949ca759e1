// The parts of a store that know the delivery log, so that their promise can be tested where no whole store is.
#pragma once

#include "store/delivery_log.h"
#include "store/held_store.h"
#include "store/transaction.h"
#include "support/temp_folder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace postern {

struct LogParts {
  std::shared_ptr<void> owner;
  Provisioning* provisioning = nullptr;
  DeliveryLog* log = nullptr;
  HeldStore* held = nullptr;
  std::function<std::int64_t()> delivery_count;  // How many are in the log.
};

struct LogBackend {
  std::string name;
  std::function<LogParts(const TempFolder&)> make;
};

// Writes one decided delivery and commits. Its number is the next one, unless it has a greater one or releases one.
inline Change write_change(Provisioning& provisioning, Change change) {
  const auto transaction = provisioning.begin().value();
  const DeliveryId next{transaction->last_delivery_id()->value + 1};
  if (!change.releases) change.delivery.id = std::max(change.delivery.id, next);
  EXPECT_TRUE(transaction->apply({&change, 1}));
  EXPECT_TRUE(transaction->commit());
  return change;
}

inline std::string log_backend_name(const testing::TestParamInfo<LogBackend>& info) {
  return info.param.name;
}

}  // namespace postern
