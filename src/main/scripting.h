// The operator's scripts, wired.
#pragma once

#include "cli/context.h"
#include "effects/scripts/processed_performer.h"
#include "pipeline/metrics.h"
#include "pipeline/preparation_stage.h"
#include "pipeline/script_step.h"
#include "store/store.h"

#include <memory>

namespace postern {

// Any thread. Looks for changed scripts as long as it lives.
class Scripting {
 public:
  struct Parts {
    const Settings& settings;
    CatalogCache& catalog;
    Store& store;
    const FormLimits& form;
    PipelineMetrics& metrics;
    const Clock& clock;
    Log& log;
  };
  // All parts must outlive it. Errors: invalid (hooks.folder names a folder that does not exist), unavailable (it
  // cannot be read).
  static Result<std::unique_ptr<Scripting>> start(const Parts& parts);

  Hooks& hooks() { return *hooks_; }
  const ScriptStep& step() const { return step_; }
  // Of EffectKind::processed_hook.
  Performer& processed() { return processed_; }

 private:
  Scripting(const Parts& parts, std::unique_ptr<Hooks> hooks);

  std::unique_ptr<Hooks> hooks_;
  ScriptStep step_;
  ProcessedPerformer processed_;
};

PreparationStage::Limits preparation_limits(const Settings& settings);

}  // namespace postern
