// One run of a script: a Lua state that is made for it and thrown away, so that nothing survives from one run to the
// next, with limits that a script can neither exceed nor catch.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

struct lua_State;

namespace postern {

// Of one run; past any of them it ends.
struct ScriptLimits {
  std::size_t memory_bytes = 16UL * 1024 * 1024;
  std::int64_t instructions = 1'000'000;
  std::chrono::milliseconds time{250};
};

// What is left of the limits of the run that is going on. One thread.
class ScriptBudget {
 public:
  // `clock` must outlive it.
  ScriptBudget(const ScriptLimits& limits, const Clock& clock)
      : limits_(limits), clock_(clock), deadline_(clock.mono() + limits.time) {}

  enum class Stop { none, memory, instructions, time };
  Stop stopped() const { return stopped_; }
  void stop(Stop why) {
    if (stopped_ == Stop::none) stopped_ = why;
  }
  // Takes so many instructions off. False: there are none left, or the time is over.
  bool spend(std::int64_t instructions);
  // In plain words, naming the setting.
  std::string why() const;

  // Lua's allocator. Source: Lua 5.4 manual, lua_Alloc.
  static void* allocate(void* budget, void* block, std::size_t old_size, std::size_t new_size);

 private:
  bool late();
  void* resize(void* block, std::size_t old_size, std::size_t new_size);

  const ScriptLimits limits_;
  const Clock& clock_;
  const MonoTime deadline_;
  std::int64_t spent_ = 0;
  std::size_t memory_ = 0;
  Stop stopped_ = Stop::none;
};

using ScriptWork = std::function<int(lua_State*)>;

// Makes a new state, lets `prepare` add globals, runs the main part of `source`, then `work`, which finds the script's
// globals as its main part has left them. Whatever a script does, this returns: within the limits, give or take the
// time of one large copy.
//
// What a script finds: assert, error, ipairs, next, pairs, pcall, select, tonumber, tostring, type; math without
// chance; string, table and utf8 without what bounds cannot be set to; os.time and os.date (UTC); ip_in. No files, no
// processes, no network, no loading of code, no metatables, no coroutines.
//
// `name` stands in messages: "all.lua:3: …". Errors, all with a message that may be shown to operators: invalid (the
// script is no Lua text or it failed), too_large (a limit).
Result<void> run_script(std::string_view name, std::string_view source, const ScriptLimits& limits, const Clock& clock,
                        const ScriptWork& prepare, const ScriptWork& work);

}  // namespace postern
