// The settings of the operator's scripts.
#include "config/definition_hooks.h"

#include "config/setting_makers.h"

namespace postern {

using settings::choice;
using settings::number;
using settings::size;
using settings::text;
using settings::Words;

std::vector<SettingDefinition> hooks_definitions() {
  constexpr std::size_t kMi = 1024UL * 1024;
  return {
      text(
          "hooks.folder",
          "Folder of the scripts: all.lua for every webhook, webhook-3.lua for the webhook number 3; see hooks.md. "
          "Empty: "
          "hooks in the data folder, if there is one.",
          [](Settings& s) { return &s.hooks.folder; }, "a folder"),
      choice(
          "hooks.on_error", "reject or ignore",
          "What a script that fails does: its delivery is refused (403), or goes on as if there were no such script.",
          [](Settings& s) { return &s.hooks.ignore_errors; }, Words<bool, 2>{{{"reject", false}, {"ignore", true}}}),
      size(
          "hooks.memory_bytes", "Memory that one run of a script may use; past it the script has failed.",
          [](Settings& s) { return &s.hooks.memory_bytes; }, kMi, 1024 * kMi),
      number(
          "hooks.instructions", "Instructions that one run of a script may take; past it the script has failed.",
          [](Settings& s) { return &s.hooks.instructions; }, 1000, 10'000'000'000),
      number(
          "hooks.time_ms", "Milliseconds that one run of a script may take; past it the script has failed.",
          [](Settings& s) { return &s.hooks.time_ms; }, 10, 60'000),
      number(
          "hooks.threads", "Threads that run scripts before deliveries are committed.",
          [](Settings& s) { return &s.hooks.threads; }, 1, 64),
      number(
          "hooks.queue", "Deliveries waiting for their scripts, half of them at most of one webhook; past it 503.",
          [](Settings& s) { return &s.hooks.queue; }, 2, 100'000),
  };
}

}  // namespace postern
