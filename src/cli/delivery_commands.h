// postern delivery …
#pragma once

#include "cli/context.h"

namespace postern {

struct DeliveryListFlags {
  std::string webhook;
  std::string status;
  std::string email;
  std::string since;  // A time, or a duration back from now.
  std::size_t limit = 50;
  bool follow = false;
};

Result<void> list_deliveries(Context& context, const DeliveryListFlags& flags);
Result<void> show_delivery(Context& context, const std::string& id);
Result<void> replay_delivery(Context& context, const std::string& id, bool dry_run);

}  // namespace postern
