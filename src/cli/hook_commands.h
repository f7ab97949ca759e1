// postern hooks …
#pragma once

#include "cli/context.h"
#include "hooks/hooks.h"

#include <string>
#include <vector>

namespace postern {

HooksPolicy hooks_policy(const Settings& settings);

// The scripts of a command that runs once; what they have to say goes to standard error.
class CommandHooks {
 public:
  // Errors: as Hooks::open().
  static Result<std::unique_ptr<CommandHooks>> open(const Context& context);
  Hooks& hooks() { return *hooks_; }

 private:
  explicit CommandHooks(const Context& context);
  StderrLog log_;
  CounterFamily runs_;
  Histogram seconds_;
  std::unique_ptr<Hooks> hooks_;
};

// What is wrong with the scripts, one sentence each. Errors: as Hooks::open().
Result<std::vector<std::string>> script_problems(const Context& context);
// What anybody could change: files and folders that others may write.
std::vector<std::string> script_warnings(const Settings& settings);

// Without files: all of hooks.folder. False: something is wrong with one.
Result<bool> check_hooks(Context& context, const std::vector<std::string>& files);
Result<void> list_hooks(Context& context);

}  // namespace postern
