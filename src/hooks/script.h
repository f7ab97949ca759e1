// A script of the operator, and the three functions that it may define. All values that go in and out are plain text or
// JSON documents: nothing outside of hooks/ knows Lua. What a script sees: docs/hooks.md.
#pragma once

#include "base/secret.h"
#include "hooks/sandbox.h"
#include "model/ids.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern {

enum class HookFunction { validation, user_data, processed };
inline constexpr std::array kHookFunctions{HookFunction::validation, HookFunction::user_data, HookFunction::processed};
// "incoming_webhook_validation" …
std::string_view to_word(HookFunction function);

// A request as scripts see it.
struct ScriptRequest {
  std::string data;     // JSON object: the fields of the body, secrets redacted.
  std::string webhook;  // JSON object.
  std::string request;  // JSON object.
  // What is redacted above and may be compared, not read: names in lower case, with their values.
  std::vector<std::pair<std::string, Secret>> secrets;
};

// What the validation says.
struct ScriptVerdict {
  bool valid = true;
  std::string reason;  // Why not, for the sender; empty: not told.
  std::string said;    // With log(…).
};

// The person whom a delivery creates, as a script may change it. Texts are as the script has left them.
struct ScriptUser {
  std::string email;  // Cannot be changed.
  std::string first_name;
  std::string last_name;
  std::string login;         // Empty: one is made.
  std::string display_name;  // Empty: made of the names.
  std::string role;
  std::string meta;  // A JSON object; empty: {}.
  bool operator==(const ScriptUser&) const = default;
};

struct ChangedUser {
  ScriptUser user;
  std::string said;
};

// A committed delivery as scripts see it: JSON objects.
struct ProcessedDelivery {
  std::string user;
  std::string webhook;
  std::string payload;
  std::string outcome;
};

// What the processed function wants to be sent.
struct EmittedEvent {
  std::string type;
  std::string data;  // JSON object.
  bool operator==(const EmittedEvent&) const = default;
};

struct ProcessedResult {
  std::vector<EmittedEvent> events;
  std::string said;
};

// Immutable; any thread. Each call is a run of its own.
class Script {
 public:
  static constexpr std::size_t kMaxBytes = 256UL * 1024;
  static constexpr std::size_t kMaxSaidBytes = 4096;
  static constexpr std::size_t kMaxReasonBytes = 500;
  static constexpr std::size_t kMaxEvents = 20;
  static constexpr std::size_t kMaxEventBytes = 32UL * 1024;

  // Runs the main part of the script once, to see what it defines. `name` is that of its file; `clock` must outlive the
  // script.
  Script(std::string name, std::string source, const ScriptLimits& limits, const Clock& clock);

  const std::string& name() const { return name_; }
  // Why the script cannot be used; nothing: it can.
  const std::optional<std::string>& problem() const { return problem_; }
  // Does it define the function? Of a script that cannot be used: nobody knows, so it may.
  bool may_define(HookFunction function) const;
  std::vector<std::string_view> functions() const;

  // Errors of all: invalid (it failed, or gave back what makes no sense), too_large (a limit). A function that is not
  // defined does nothing.
  Result<ScriptVerdict> validate(const ScriptRequest& request) const;
  // `user` is what the delivery says; returns what the script makes of it.
  Result<ChangedUser> change_user(const ScriptUser& user, const ScriptRequest& request) const;
  Result<ProcessedResult> processed(const ProcessedDelivery& delivery) const;

 private:
  // `said` and `events` are where log() and emit() put what they are given; a script without the one or the other
  // cannot use it.
  Result<void> run(std::string& said, std::vector<EmittedEvent>* events, const ScriptWork& work) const;
  bool defines(HookFunction function) const { return defined_[static_cast<std::size_t>(function)]; }

  std::string name_;
  std::string source_;
  ScriptLimits limits_;
  const Clock& clock_;
  std::array<bool, kHookFunctions.size()> defined_{};
  std::optional<std::string> problem_;
};

}  // namespace postern
