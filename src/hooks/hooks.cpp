#include "hooks/hooks.h"

#include <algorithm>

namespace postern {
namespace {

constexpr std::chrono::seconds kLookEvery{1};
constexpr std::chrono::seconds kLogEvery{1};  // For one script: a broken one must not flood the log.

std::string label(const Script& script, HookFunction function, std::string_view result) {
  std::string out = "{script=\"";
  for (const char c : script.name()) out += c == '"' || c == '\\' || c == '\n' ? '_' : c;
  out += "\",function=\"";
  out += to_word(function);
  out += "\",result=\"";
  out += result;
  out += "\"}";
  return out;
}

}  // namespace

std::string_view to_word(OnScriptError rule) {
  return rule == OnScriptError::reject ? "reject" : "ignore";
}

std::optional<OnScriptError> parse_on_script_error(std::string_view word) {
  if (word == "reject") return OnScriptError::reject;
  if (word == "ignore") return OnScriptError::ignore;
  return std::nullopt;
}

Result<std::unique_ptr<Hooks>> Hooks::open(Parts parts, HooksPolicy policy) {
  std::unique_ptr<Hooks> hooks(new Hooks(parts, std::move(policy)));
  std::error_code ignored;
  if (hooks->policy_.folder_must_exist && !std::filesystem::is_directory(hooks->policy_.folder, ignored)) {
    return Error{Errc::invalid,
                 "The folder " + hooks->policy_.folder +
                     " that hooks.folder names does not exist. Make it, or correct the setting.",
                 ""};
  }
  hooks->install(TRY(ScriptSet::read(hooks->policy_.folder, hooks->policy_.limits, parts.clock, {})));
  return hooks;
}

Hooks::~Hooks() {
  stop();
}

void Hooks::watch() {
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kLookEvery, [this] { return stopping_; })) {
      lock.unlock();
      reload();
      lock.lock();
    }
  });
}

void Hooks::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Hooks::reload() {
  const std::lock_guard lock(reloading_);
  const std::shared_ptr<const ScriptSet> before = current();
  Result<ScriptSet> set = ScriptSet::read(policy_.folder, policy_.limits, parts_.clock, *before);
  if (!set) {
    parts_.log.error("scripts.not_read", {{"message", set.error().message}});
    return;
  }
  if (!set->same_files(*before)) install(*std::move(set));
}

void Hooks::install(ScriptSet set) {
  const auto next = std::make_shared<const ScriptSet>(std::move(set));
  const std::shared_ptr<const ScriptSet> before = current();
  for (const auto& file : next->files()) {
    if (std::find(before->files().begin(), before->files().end(), file) != before->files().end()) continue;
    if (file->problem()) {
      parts_.log.error("script.broken", {{"script", file->script.name()}, {"message", *file->problem()}});
    } else {
      parts_.log.info("script.loaded", {{"script", file->script.name()}});
    }
  }
  for (const auto& file : before->files()) {
    const bool stays = std::any_of(next->files().begin(), next->files().end(),
                                   [&](const auto& each) { return each->script.name() == file->script.name(); });
    if (!stays) parts_.log.info("script.removed", {{"script", file->script.name()}});
  }
  set_.with([&](auto& held) { held = next; });
  any_.store(!next->empty(), std::memory_order_release);
}

std::shared_ptr<const ScriptSet> Hooks::current() const {
  return set_.with([](const auto& held) { return held; });
}

template <class T>
Result<T> Hooks::observe(const Script& script, HookFunction function, const std::function<Result<T>()>& run) {
  const MonoTime before = parts_.clock.mono();
  Result<T> out = run();
  parts_.seconds.observe(parts_.clock.mono() - before);
  count(script, function, out ? nullptr : &out.error().message);
  return out;
}

void Hooks::count(const Script& script, HookFunction function, const std::string* failure) {
  parts_.runs.add(label(script, function, failure == nullptr ? "ok" : "failed"));
  const MonoTime now = parts_.clock.mono();
  std::int64_t others = -1;  // Failures that were not logged; negative: this one is not either.
  tallies_.with([&](auto& tallies) {
    Tally& tally = tallies[script.name()];
    ++tally.runs;
    if (failure == nullptr) return;
    ++tally.errors;
    tally.last_error = *failure;
    if (tally.logged != MonoTime{} && now - tally.logged < kLogEvery) {
      ++tally.not_logged;
      return;
    }
    others = tally.not_logged;
    tally.logged = now;
    tally.not_logged = 0;
  });
  if (others < 0) return;
  parts_.log.warn("script.failed", {{"script", script.name()},
                                    {"function", to_word(function)},
                                    {"message", *failure},
                                    {"on_error", to_word(policy_.on_error)},
                                    {"failures_not_logged", others}});
}

void Hooks::note_failure(const std::string& message, Judgement& judgement) const {
  const bool ignored = policy_.on_error == OnScriptError::ignore;
  if (!ignored) judgement.kind = Judgement::Kind::failed;
  judgement.notes.push_back("A script failed: " + message + ". " +
                            (ignored ? "It was passed over (hooks.on_error = ignore)."
                                     : "So the delivery was not done (hooks.on_error = reject)."));
}

void Hooks::tell(const Script& script, const std::string& said) {
  if (!said.empty()) parts_.log.info("script.said", {{"script", script.name()}, {"text", said}});
}

Judgement Hooks::validate(WebhookId webhook, const ScriptRequest& request) {
  Judgement out;
  const std::shared_ptr<const ScriptSet> set = current();
  for (const Script* script : set->find(webhook, HookFunction::validation)) {
    const Result<ScriptVerdict> verdict =
        observe<ScriptVerdict>(*script, HookFunction::validation, [&] { return script->validate(request); });
    if (!verdict) {
      note_failure(verdict.error().message, out);
      if (out.kind == Judgement::Kind::failed) return out;
      continue;
    }
    tell(*script, verdict->said);
    if (verdict->valid) continue;
    out.kind = Judgement::Kind::refused;
    out.reason = verdict->reason;
    out.notes.push_back("The script " + script->name() + " refused it" +
                        (out.reason.empty() ? " and gave no reason." : ": " + out.reason));
    return out;
  }
  return out;
}

Judgement Hooks::change_user(WebhookId webhook, const ScriptRequest& request, ScriptUser& user) {
  Judgement out;
  const std::shared_ptr<const ScriptSet> set = current();
  for (const Script* script : set->find(webhook, HookFunction::user_data)) {
    const Result<ChangedUser> changed =
        observe<ChangedUser>(*script, HookFunction::user_data, [&] { return script->change_user(user, request); });
    if (!changed) {
      note_failure(changed.error().message, out);
      if (out.kind == Judgement::Kind::failed) return out;
      continue;
    }
    tell(*script, changed->said);
    if (changed->user == user) continue;
    user = changed->user;
    out.notes.push_back("The script " + script->name() + " changed the new user.");
  }
  return out;
}

Result<ProcessedResult> Hooks::processed(WebhookId webhook, const ProcessedDelivery& delivery) {
  ProcessedResult out;
  std::optional<Error> failure;
  const std::shared_ptr<const ScriptSet> set = current();
  for (const Script* script : set->find(webhook, HookFunction::processed)) {
    const Result<ProcessedResult> done =
        observe<ProcessedResult>(*script, HookFunction::processed, [&] { return script->processed(delivery); });
    if (!done) {
      if (!failure) failure = done.error();
      continue;
    }
    out.events.insert(out.events.end(), done->events.begin(), done->events.end());
    if (!done->said.empty()) out.said += (out.said.empty() ? "" : "\n") + done->said;
  }
  if (failure) return *failure;
  return out;
}

std::vector<ScriptReport> Hooks::report() const {
  std::vector<ScriptReport> out;
  const std::shared_ptr<const ScriptSet> set = current();
  tallies_.with([&](const auto& tallies) {
    for (const auto& file : set->files()) {
      ScriptReport& report = out.emplace_back(ScriptReport{file});
      const auto it = tallies.find(file->script.name());
      if (it == tallies.end()) continue;
      report.runs = it->second.runs;
      report.errors = it->second.errors;
      report.last_error = it->second.last_error;
    }
  });
  return out;
}

}  // namespace postern
