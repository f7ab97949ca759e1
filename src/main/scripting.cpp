#include "main/scripting.h"

#include "cli/hook_commands.h"
#include "hooks/script_values.h"

namespace postern {

Result<std::unique_ptr<Scripting>> Scripting::start(const Parts& parts) {
  const Hooks::Parts needs{parts.clock, parts.log, parts.metrics.script_runs, parts.metrics.script_seconds};
  std::unique_ptr<Hooks> hooks = TRY(Hooks::open(needs, hooks_policy(parts.settings)));
  hooks->watch();
  return std::unique_ptr<Scripting>(new Scripting(parts, std::move(hooks)));
}

Scripting::Scripting(const Parts& parts, std::unique_ptr<Hooks> hooks)
    : hooks_(std::move(hooks)),
      step_({*hooks_, parts.catalog, parts.store, parts.form}),
      processed_({*hooks_, parts.store, parts.store,
                  [&catalog = parts.catalog](WebhookId id) -> std::optional<std::string> {
                    const std::shared_ptr<const Catalog> now = catalog.current();
                    const Webhook* webhook = now->find_webhook(id);
                    if (webhook == nullptr) return std::nullopt;
                    return webhook_value(*webhook, now->data().spaces);
                  },
                  parts.form, parts.clock}) {}

PreparationStage::Limits preparation_limits(const Settings& settings) {
  return {.hash_threads = 1,
          .hash_queue = settings.limits.password_queue,
          .script_threads = settings.hooks.threads,
          .script_queue = settings.hooks.queue,
          .script_queue_bytes = settings.limits.queue_bytes};
}

}  // namespace postern
