#include "cli/hook_commands.h"

#include "base/time_text.h"
#include "cli/output.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <array>
#include <filesystem>

namespace postern {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::array<double, 1> kOneBucket{1};

WallTime wall_time(fs::file_time_type time) {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::file_clock::to_sys(time));
}

std::string functions_of(const ScriptFile& file) {
  std::string out;
  for (const std::string_view each : file.script.functions()) {
    if (!out.empty()) out += ", ";
    out += each;
  }
  return out;
}

json::object to_json(const ScriptFile& file) {
  json::array functions;
  for (const std::string_view each : file.script.functions())
    functions.push_back(json::string(each.data(), each.size()));
  return {{"name", file.script.name()},
          {"webhook", file.webhook ? json::value(file.webhook->value) : json::value(nullptr)},
          {"functions", std::move(functions)},
          {"ok", !file.problem()},
          {"error", file.problem() ? json::value(*file.problem()) : json::value(nullptr)},
          {"changed_at", to_rfc3339(wall_time(file.changed_at))}};
}

Result<ScriptSet> read_folder(const Context& context) {
  const HooksPolicy policy = hooks_policy(context.effective.settings);
  std::error_code ignored;
  if (policy.folder_must_exist && !fs::is_directory(policy.folder, ignored)) {
    return Error{Errc::invalid, "The folder " + policy.folder + " that hooks.folder names does not exist.", ""};
  }
  return ScriptSet::read(policy.folder, policy.limits, context.clock, {});
}

bool others_may_write(const fs::path& path) {
  std::error_code error;
  const fs::perms mode = fs::status(path, error).permissions();
  return !error && (mode & fs::perms::others_write) != fs::perms::none;
}

}  // namespace

HooksPolicy hooks_policy(const Settings& settings) {
  const Settings::Hooks& hooks = settings.hooks;
  return {.folder = hooks.folder.empty() ? settings.store.data + "/hooks" : hooks.folder,
          .folder_must_exist = !hooks.folder.empty(),
          .on_error = hooks.ignore_errors ? OnScriptError::ignore : OnScriptError::reject,
          .limits = {hooks.memory_bytes, hooks.instructions, std::chrono::milliseconds{hooks.time_ms}}};
}

CommandHooks::CommandHooks(const Context& context)
    : log_(context.clock, LogLevel::warn, context.effective.settings.log.format), seconds_(kOneBucket) {}

Result<std::unique_ptr<CommandHooks>> CommandHooks::open(const Context& context) {
  std::unique_ptr<CommandHooks> out(new CommandHooks(context));
  out->hooks_ =
      TRY(Hooks::open({context.clock, out->log_, out->runs_, out->seconds_}, hooks_policy(context.effective.settings)));
  return out;
}

Result<std::vector<std::string>> script_problems(const Context& context) {
  std::vector<std::string> out;
  const ScriptSet set = TRY(read_folder(context));
  for (const auto& file : set.files()) {
    if (file->problem()) out.push_back("Script " + *file->problem());
  }
  return out;
}

std::vector<std::string> script_warnings(const Settings& settings) {
  std::vector<std::string> out;
  const HooksPolicy policy = hooks_policy(settings);
  std::error_code error;
  const auto look_at = [&](const fs::path& path) {
    if (others_may_write(path))
      out.push_back(path.string() + " can be changed by everybody on this machine (chmod o-w).");
  };
  if (!fs::exists(policy.folder, error)) return out;
  look_at(policy.folder);
  for (fs::directory_iterator entry(policy.folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (entry->path().extension() == ".lua") look_at(entry->path());
  }
  return out;
}

Result<bool> check_hooks(Context& context, const std::vector<std::string>& files) {
  std::vector<std::shared_ptr<const ScriptFile>> found;
  const HooksPolicy policy = hooks_policy(context.effective.settings);
  if (files.empty()) {
    const ScriptSet set = TRY(read_folder(context));
    found = set.files();
  }
  for (const std::string& each : files) {
    found.push_back(std::make_shared<const ScriptFile>(ScriptSet::read_file(each, policy.limits, context.clock)));
  }
  bool ok = true;
  json::array list;
  for (const auto& file : found) {
    ok = ok && !file->problem();
    if (context.json) {
      list.push_back(to_json(*file));
    } else if (file->problem()) {
      print_line("problem: " + printable(*file->problem()));
    } else {
      print_line(fmt::format("ok: {} defines {}", printable(file->script.name()), functions_of(*file)));
    }
  }
  const std::vector<std::string> warnings = script_warnings(context.effective.settings);
  if (context.json) {
    print_json(json::object{
        {"ok", ok}, {"files", std::move(list)}, {"warnings", json::array(warnings.begin(), warnings.end())}});
    return ok;
  }
  for (const std::string& each : warnings) print_line("warning: " + each);
  if (found.empty()) print_message(fmt::format("There is no script in {}.", policy.folder));
  return ok;
}

Result<void> list_hooks(Context& context) {
  const ScriptSet set = TRY(read_folder(context));
  json::array list;
  std::vector<std::vector<std::string>> rows;
  for (const auto& file : set.files()) {
    list.push_back(to_json(*file));
    const std::string webhook = file->webhook ? std::to_string(file->webhook->value) : file->for_all ? "all" : "none";
    rows.push_back({printable(file->script.name()), webhook, file->problem() ? "broken" : "ok", functions_of(*file),
                    to_rfc3339(wall_time(file->changed_at))});
  }
  if (context.json) {
    print_json(list);
  } else {
    print_table({"SCRIPT", "WEBHOOK", "STATE", "DEFINES", "CHANGED"}, rows,
                "There is no script in " + hooks_policy(context.effective.settings).folder + ".");
  }
  return {};
}

}  // namespace postern
