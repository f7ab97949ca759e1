// The operator's scripts at work: which ones run for a webhook, what comes of it, what is told about it. Reads the
// folder again while the server runs.
#pragma once

#include "base/guarded.h"
#include "base/log.h"
#include "base/metrics.h"
#include "hooks/script_set.h"

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace postern {

// What a script that fails does to its delivery: it is not done, or it goes on as if there were no such script.
enum class OnScriptError { reject, ignore };
std::string_view to_word(OnScriptError rule);
std::optional<OnScriptError> parse_on_script_error(std::string_view word);

struct HooksPolicy {
  std::string folder;
  bool folder_must_exist = false;
  OnScriptError on_error = OnScriptError::reject;
  ScriptLimits limits;
};

// What the scripts of one function say, with the rule for broken ones applied.
struct Judgement {
  enum class Kind {
    valid,
    refused,  // A script said no.
    failed,   // A script failed, and the rule is `reject`.
  };
  Kind kind = Kind::valid;
  std::string reason;              // Of `refused`, for the sender; empty: the script gives none.
  std::vector<std::string> notes;  // For the operator: who refused, who failed and why. One sentence each.
};

// What one file has done since the server was started.
struct ScriptReport {
  std::shared_ptr<const ScriptFile> file;
  std::int64_t runs = 0;
  std::int64_t errors = 0;
  std::string last_error;
};

// Any thread.
class Hooks {
 public:
  struct Parts {
    const Clock& clock;
    Log& log;
    CounterFamily& runs;  // By script, function and result.
    Histogram& seconds;
  };
  // Reads the folder. All parts must outlive it. Errors: invalid (there is no such folder, and there must be one),
  // unavailable (it cannot be read).
  static Result<std::unique_ptr<Hooks>> open(Parts parts, HooksPolicy policy);
  ~Hooks();  // stop()
  Hooks(const Hooks&) = delete;
  Hooks& operator=(const Hooks&) = delete;

  // Looks at the folder every second from now on, in a thread of its own.
  void watch();
  void stop();
  // Looks at once. A folder that cannot be read any more leaves the scripts as they were.
  void reload();

  // False: there is no script at all. Costs a load of one flag.
  bool any() const { return any_.load(std::memory_order_acquire); }
  // Is there a script that may define the function for this webhook?
  bool has(WebhookId webhook, HookFunction function) const { return any() && current()->has(webhook, function); }

  // The first script that refuses or fails ends it.
  Judgement validate(WebhookId webhook, const ScriptRequest& request);
  // Each script sees what the one before it has made of `user`. Unless it is valid, `user` is left half changed.
  Judgement change_user(WebhookId webhook, const ScriptRequest& request, ScriptUser& user);
  // All of them, even if one fails. Errors: those of the first script that failed, whatever the rule.
  Result<ProcessedResult> processed(WebhookId webhook, const ProcessedDelivery& delivery);

  const HooksPolicy& policy() const { return policy_; }
  std::shared_ptr<const ScriptSet> current() const;
  std::vector<ScriptReport> report() const;

 private:
  struct Tally {
    std::int64_t runs = 0;
    std::int64_t errors = 0;
    std::string last_error;
    MonoTime logged{};
    std::int64_t not_logged = 0;  // Failures since then.
  };
  Hooks(Parts parts, HooksPolicy policy) : parts_(parts), policy_(std::move(policy)) {}
  void install(ScriptSet set);
  // Counts, measures and logs one run. `result`: "ok", "refused".
  template <class T>
  Result<T> observe(const Script& script, HookFunction function, const std::function<Result<T>()>& run);
  void count(const Script& script, HookFunction function, const std::string* failure);
  void note_failure(const std::string& message, Judgement& judgement) const;
  void tell(const Script& script, const std::string& said);

  const Parts parts_;
  const HooksPolicy policy_;
  std::atomic<bool> any_{false};
  mutable Guarded<std::shared_ptr<const ScriptSet>> set_{std::make_shared<const ScriptSet>()};
  mutable Guarded<std::map<std::string, Tally>> tallies_;
  std::mutex reloading_;  // One at a time.
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // Guarded by mutex_.
  std::thread thread_;
};

}  // namespace postern
