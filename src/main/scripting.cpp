#include "main/scripting.h"

#include "cli/hook_commands.h"

namespace postern {

Result<std::unique_ptr<Scripting>> Scripting::start(const Parts& parts) {
  const Hooks::Parts needs{parts.clock, parts.log, parts.metrics.script_runs, parts.metrics.script_seconds};
  std::unique_ptr<Hooks> hooks = TRY(Hooks::open(needs, hooks_policy(parts.settings)));
  hooks->watch();
  return std::unique_ptr<Scripting>(new Scripting(parts, std::move(hooks)));
}

PreparationStage::Limits preparation_limits(const Settings& settings) {
  return {.hash_threads = 1,
          .hash_queue = settings.limits.password_queue,
          .script_threads = settings.hooks.threads,
          .script_queue = settings.hooks.queue,
          .script_queue_bytes = settings.limits.queue_bytes};
}

}  // namespace postern
