// The scripts of a folder: all.lua for every webhook, webhook-3.lua for the webhook with that number.
#pragma once

#include "hooks/script.h"

#include <filesystem>
#include <memory>

namespace postern {

struct ScriptFile {
  Script script;
  bool for_all = false;              // all.lua
  std::optional<WebhookId> webhook;  // webhook-3.lua. Neither: the name says nothing, and `file_problem` so.
  std::optional<std::string> file_problem;
  bool readable = true;
  // By these a changed file is told from an unchanged one.
  std::filesystem::file_time_type changed_at{};
  std::uintmax_t bytes = 0;

  // Why it cannot be used; nothing: it can.
  const std::optional<std::string>& problem() const { return file_problem ? file_problem : script.problem(); }
};

// As the folder was when it was read. Immutable, any thread.
class ScriptSet {
 public:
  // A folder that does not exist has no scripts. Files that have not changed since `before` are taken from there.
  // Errors: unavailable (the folder cannot be read). A file that cannot be read is there, with a problem.
  static Result<ScriptSet> read(const std::string& folder, const ScriptLimits& limits, const Clock& clock,
                                const ScriptSet& before);
  // One file, whatever its name.
  static ScriptFile read_file(const std::filesystem::path& path, const ScriptLimits& limits, const Clock& clock);

  bool empty() const { return files_.empty(); }
  // By name, all.lua first.
  const std::vector<std::shared_ptr<const ScriptFile>>& files() const { return files_; }
  // Those that may define the function for this webhook, in the order in which they are to run.
  std::vector<const Script*> find(WebhookId webhook, HookFunction function) const;
  bool has(WebhookId webhook, HookFunction function) const;
  // The same files, unchanged.
  bool same_files(const ScriptSet& other) const { return files_ == other.files_; }

 private:
  std::vector<std::shared_ptr<const ScriptFile>> files_;
};

}  // namespace postern
