// postern outbox …
#pragma once

#include "cli/context.h"

namespace postern {

struct OutboxFlags {
  std::string kind;
  std::string state;
  std::string delivery;
  std::size_t limit = 50;
};

Result<void> list_effects(Context& context, const OutboxFlags& flags);
Result<void> show_effect(Context& context, const std::string& number);
// One by its number, or all dead ones of a kind; exactly one of both is given.
Result<void> retry_effects(Context& context, const std::string& number, const std::string& dead_kind);

}  // namespace postern
