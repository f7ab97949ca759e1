#include "hooks/script_set.h"

#include <algorithm>
#include <charconv>
#include <fstream>

namespace postern {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFiles = 1000;

// "webhook-3.lua" → 3
std::optional<WebhookId> webhook_of(std::string_view name) {
  constexpr std::string_view kPrefix = "webhook-";
  constexpr std::string_view kSuffix = ".lua";
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  name.remove_suffix(std::min(kSuffix.size(), name.size()));
  WebhookId id;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id.value);
  if (error != std::errc() || end != name.data() + name.size() || id.value <= 0 || name.front() == '0') {
    return std::nullopt;
  }
  return id;
}

bool unchanged(const ScriptFile& known, const fs::path& path) {
  std::error_code error;
  const bool readable = std::ifstream(path).is_open();
  return known.readable == readable && known.changed_at == fs::last_write_time(path, error) &&
         known.bytes == fs::file_size(path, error) && !error;
}

// Its beginning if it is larger than a script may be. Nothing: it cannot be read.
std::optional<std::string> text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string out(Script::kMaxBytes + 1, '\0');
  file.read(out.data(), static_cast<std::streamsize>(out.size()));
  if (file.bad()) return std::nullopt;
  out.resize(static_cast<std::size_t>(file.gcount()));
  return out;
}

bool comes_first(const std::shared_ptr<const ScriptFile>& a, const std::shared_ptr<const ScriptFile>& b) {
  if (a->for_all != b->for_all) return a->for_all;
  return a->script.name() < b->script.name();
}

}  // namespace

ScriptFile ScriptSet::read_file(const fs::path& path, const ScriptLimits& limits, const Clock& clock) {
  const std::string name = path.filename().string();
  std::error_code ignored;
  // Before it is read: what is written meanwhile makes it a changed file.
  const auto changed_at = fs::last_write_time(path, ignored);
  const std::uintmax_t bytes = fs::file_size(path, ignored);
  const std::optional<std::string> text = text_of(path);
  ScriptFile out{Script(name, text.value_or(""), limits, clock), name == "all.lua", webhook_of(name), {}, true, {}, 0};
  out.readable = text.has_value();
  out.changed_at = changed_at;
  out.bytes = bytes;
  if (!text) out.file_problem = name + ": it cannot be read; check its owner and mode";
  return out;
}

Result<ScriptSet> ScriptSet::read(const std::string& folder, const ScriptLimits& limits, const Clock& clock,
                                  const ScriptSet& before) {
  ScriptSet out;
  std::error_code error;
  if (!fs::exists(folder, error) && !error) return out;
  const auto unreadable = [&] {
    return Error{Errc::unavailable, "The folder " + folder + " of the scripts cannot be read: " + error.message() + ".",
                 ""};
  };
  fs::directory_iterator entry(folder, error);
  if (error) return unreadable();
  for (; entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.extension() != ".lua" || path.filename().string().starts_with('.')) continue;
    if (out.files_.size() >= kMaxFiles) break;
    const auto known = std::find_if(before.files_.begin(), before.files_.end(),
                                    [&](const auto& each) { return each->script.name() == path.filename().string(); });
    if (known != before.files_.end() && unchanged(**known, path)) {
      out.files_.push_back(*known);
      continue;
    }
    ScriptFile file = read_file(path, limits, clock);
    if (!file.for_all && !file.webhook && !file.file_problem) {
      file.file_problem = file.script.name() +
                          ": its name does not say which webhook it is for; call it all.lua, or webhook-3.lua for the "
                          "webhook number 3";
    }
    out.files_.push_back(std::make_shared<const ScriptFile>(std::move(file)));
  }
  if (error) return unreadable();
  std::sort(out.files_.begin(), out.files_.end(), comes_first);
  return out;
}

std::vector<const Script*> ScriptSet::find(WebhookId webhook, HookFunction function) const {
  std::vector<const Script*> out;
  for (const auto& each : files_) {
    const bool for_it = each->for_all || each->webhook == webhook;
    if (for_it && each->script.may_define(function)) out.push_back(&each->script);
  }
  return out;
}

bool ScriptSet::has(WebhookId webhook, HookFunction function) const {
  return std::any_of(files_.begin(), files_.end(), [&](const auto& each) {
    return (each->for_all || each->webhook == webhook) && each->script.may_define(function);
  });
}

}  // namespace postern
