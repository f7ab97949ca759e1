#include "hooks/script.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "crypto/secret_match.h"
#include "hooks/budget.h"
#include "hooks/lua_json.h"
#include "model/user.h"

#include <algorithm>

namespace postern {
namespace {

constexpr std::size_t kMaxTextBytes = 20'000;           // As of a field of a form.
constexpr std::size_t kMaxDisplayNameCharacters = 250;  // As of every display name.

std::string_view text_at(lua_State* lua, int index) {
  std::size_t length = 0;
  const char* text = lua_tolstring(lua, index, &length);
  return {text, length};
}

std::string without_controls(std::string_view text) {
  std::string out = utf8::sanitized(text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return out;
}

// log(…): keeps the beginning of what is said. Upvalue 1: where.
int say(lua_State* lua) {
  auto& said = *static_cast<std::string*>(lua_touserdata(lua, lua_upvalueindex(1)));
  std::string line;
  for (int i = 1; i <= lua_gettop(lua); ++i) {
    if (i > 1) line += ' ';
    std::size_t length = 0;
    const char* text = luaL_tolstring(lua, i, &length);
    line += without_controls(utf8::cut({text, length}, Script::kMaxSaidBytes));
    lua_pop(lua, 1);
    spend(lua, 1 + static_cast<std::int64_t>(length) / kBytesPerInstruction);
    if (line.size() > Script::kMaxSaidBytes) break;
  }
  if (said.size() >= Script::kMaxSaidBytes) return 0;
  if (!said.empty()) said += '\n';
  said += utf8::cut(line, Script::kMaxSaidBytes - std::min(said.size(), Script::kMaxSaidBytes));
  return 0;
}

// A global function that keeps what it is given at `target`.
void define(lua_State* lua, const char* name, lua_CFunction function, void* target) {
  lua_pushlightuserdata(lua, target);
  lua_pushcclosure(lua, function, 1);
  lua_setglobal(lua, name);
}

// request.secret_is(name, expected): does the header or field have this value? "sha256:<hex>" in place of the value
// itself, so that it need not stand in the script. Upvalue 1: the request.
int secret_is(lua_State* lua) {
  const auto& request = *static_cast<const ScriptRequest*>(lua_touserdata(lua, lua_upvalueindex(1)));
  std::size_t length = 0;
  const char* begin = luaL_checklstring(lua, 1, &length);
  const std::string name = ascii_lower(std::string_view(begin, length));
  begin = luaL_checklstring(lua, 2, &length);
  const std::string_view expected(begin, length);
  spend(lua, 100 + static_cast<std::int64_t>(length) / kBytesPerInstruction);
  bool same = false;
  for (const auto& [each, secret] : request.secrets) {
    if (each == name) same = matches_secret(secret.reveal(), expected);
  }
  lua_pushboolean(lua, same ? 1 : 0);
  return 1;
}

void push_function(lua_State* lua, HookFunction function) {
  const std::string_view word = to_word(function);
  lua_getglobal(lua, std::string(word).c_str());
}

void push_request(lua_State* lua, const ScriptRequest& request) {
  push_json(lua, request.request);
  lua_pushlightuserdata(lua, const_cast<ScriptRequest*>(&request));  // NOLINT: read only, see secret_is()
  lua_pushcclosure(lua, secret_is, 1);
  lua_setfield(lua, -2, "secret_is");
}

// Reads (true), (false) or (false, "reason") from the two values on top of the stack.
ScriptVerdict read_verdict(lua_State* lua) {
  ScriptVerdict out;
  if (lua_isnil(lua, -2)) {
    luaL_error(lua, "incoming_webhook_validation returned nothing; it must return true, or false and a reason");
  }
  if (!lua_isboolean(lua, -2)) {
    luaL_error(lua, "incoming_webhook_validation returned a %s; it must return true, or false and a reason",
               luaL_typename(lua, -2));
  }
  out.valid = lua_toboolean(lua, -2) != 0;
  if (out.valid || lua_isnil(lua, -1)) return out;
  if (lua_type(lua, -1) != LUA_TSTRING) {
    luaL_error(lua, "the reason that incoming_webhook_validation returned is a %s; it must be a text",
               luaL_typename(lua, -1));
  }
  out.reason = without_controls(utf8::cut(text_at(lua, -1), Script::kMaxReasonBytes));
  return out;
}

struct UserText {
  const char* name;
  std::string ScriptUser::*member;
};
constexpr std::array<UserText, 5> kUserTexts{{{"first_name", &ScriptUser::first_name},
                                              {"last_name", &ScriptUser::last_name},
                                              {"login", &ScriptUser::login},
                                              {"display_name", &ScriptUser::display_name},
                                              {"role", &ScriptUser::role}}};

void push_user(lua_State* lua, const ScriptUser& user) {
  lua_createtable(lua, 0, 7);
  lua_pushlstring(lua, user.email.data(), user.email.size());
  lua_setfield(lua, -2, "email");
  for (const UserText& each : kUserTexts) {
    const std::string& text = user.*each.member;
    lua_pushlstring(lua, text.data(), text.size());
    lua_setfield(lua, -2, each.name);
  }
  push_json(lua, user.meta.empty() ? "{}" : user.meta);
  lua_setfield(lua, -2, "meta");
}

void check_keys(lua_State* lua, int table) {
  for (lua_pushnil(lua); lua_next(lua, table) != 0; lua_pop(lua, 1)) {
    spend(lua, 1);
    if (lua_type(lua, -2) != LUA_TSTRING) luaL_error(lua, "user_data has a key that is no text");
    const std::string_view key = text_at(lua, -2);
    const bool known =
        key == "email" || key == "meta" ||
        std::any_of(kUserTexts.begin(), kUserTexts.end(), [&](const UserText& t) { return key == t.name; });
    if (!known) {
      luaL_error(lua, "user_data has no %s; there are first_name, last_name, login, display_name, role and meta",
                 std::string(utf8::cut(key, 60)).c_str());
    }
  }
}

// What is absent stays as it is.
void read_user(lua_State* lua, int table, ScriptUser& out) {
  check_keys(lua, table);
  lua_getfield(lua, table, "email");
  if (!lua_isnil(lua, -1) && (lua_type(lua, -1) != LUA_TSTRING || text_at(lua, -1) != out.email)) {
    luaL_error(lua, "user_data.email cannot be changed: it says who the person is");
  }
  for (const UserText& each : kUserTexts) {
    lua_getfield(lua, table, each.name);
    if (lua_isnil(lua, -1)) continue;
    if (lua_type(lua, -1) != LUA_TSTRING) {
      luaL_error(lua, "user_data.%s is a %s; it must be a text", each.name, luaL_typename(lua, -1));
    }
    const std::string_view text = text_at(lua, -1);
    if (text.size() > kMaxTextBytes) luaL_error(lua, "user_data.%s is longer than 20000 bytes", each.name);
    out.*each.member = utf8::sanitized(text);
  }
  if (utf8::count(out.display_name) > kMaxDisplayNameCharacters) {
    luaL_error(lua, "user_data.display_name is longer than 250 characters");
  }
  if (const Result<void> allowed = check_user_role(out.role); !allowed) {
    luaL_error(lua, "user_data.role: %s", allowed.error().message.c_str());
  }
  lua_getfield(lua, table, "meta");
  if (lua_isnil(lua, -1)) return;
  if (lua_type(lua, -1) != LUA_TTABLE || lua_rawlen(lua, -1) > 0) {
    luaL_error(lua, "user_data.meta must be a table with named keys");
  }
  out.meta = to_json(lua, -1, "user_data.meta", {.bytes = kMaxMetaBytes, .depth = kMaxMetaDepth});
  if (out.meta == "{}") out.meta.clear();
}

bool is_event_type(std::string_view text) {
  constexpr std::size_t kMaxBytes = 64;
  if (text.empty() || text.size() > kMaxBytes || text.front() == '.' || text.back() == '.') return false;
  return text.find("..") == text.npos && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
         });
}

// Names of events that say what Postern itself has done.
bool is_own_event(std::string_view type) {
  return type.starts_with("user.") || type.starts_with("membership.") || type.starts_with("delivery.");
}

// emit(type, data). Upvalue 1: where the events are kept.
int emit(lua_State* lua) {
  auto& events = *static_cast<std::vector<EmittedEvent>*>(lua_touserdata(lua, lua_upvalueindex(1)));
  std::size_t length = 0;
  const char* begin = luaL_checklstring(lua, 1, &length);
  const std::string_view type(begin, length);
  if (!is_event_type(type)) {
    return luaL_error(lua, "emit: a type is made of a-z, 0-9, '_' and '.', such as \"course.sold\", 64 bytes at most");
  }
  if (is_own_event(type)) {
    return luaL_error(lua,
                      "emit: types that begin with user., membership. or delivery. are Postern's own; take another");
  }
  if (events.size() >= Script::kMaxEvents) {
    return luaL_error(lua, "emit: more than %d events of one delivery", static_cast<int>(Script::kMaxEvents));
  }
  if (lua_isnoneornil(lua, 2)) {
    events.push_back({std::string(type), "{}"});
    return 0;
  }
  luaL_checktype(lua, 2, LUA_TTABLE);
  if (lua_rawlen(lua, 2) > 0) return luaL_error(lua, "emit: the data must be a table with named keys");
  events.push_back({std::string(type), to_json(lua, 2, "data", {.bytes = Script::kMaxEventBytes, .depth = 16})});
  return 0;
}

}  // namespace

std::string_view to_word(HookFunction function) {
  switch (function) {
    case HookFunction::validation:
      return "incoming_webhook_validation";
    case HookFunction::user_data:
      return "incoming_webhook_user_data";
    case HookFunction::processed:
      return "incoming_webhook_processed";
  }
  return {};
}

Script::Script(std::string name, std::string source, const ScriptLimits& limits, const Clock& clock)
    : name_(std::move(name)), source_(std::move(source)), limits_(limits), clock_(clock) {
  if (source_.size() > kMaxBytes) {
    problem_ = name_ + ": it is larger than 256 KiB";
    return;
  }
  std::string said;
  std::vector<EmittedEvent> events;
  const Result<void> looked = run(said, &events, [&](lua_State* lua) {
    for (const HookFunction each : kHookFunctions) {
      push_function(lua, each);
      const bool function = lua_isfunction(lua, -1);
      if (!function && !lua_isnil(lua, -1)) {
        return luaL_error(lua, "%s is a %s; it must be a function", std::string(to_word(each)).c_str(),
                          luaL_typename(lua, -1));
      }
      defined_[static_cast<std::size_t>(each)] = function;
    }
    return 0;
  });
  if (!looked) {
    problem_ = looked.error().message;
  } else if (functions().empty()) {
    problem_ = name_ +
               ": it defines none of incoming_webhook_validation, incoming_webhook_user_data and "
               "incoming_webhook_processed";
  }
}

bool Script::may_define(HookFunction function) const {
  return problem_.has_value() || defines(function);
}

std::vector<std::string_view> Script::functions() const {
  std::vector<std::string_view> out;
  for (const HookFunction each : kHookFunctions) {
    if (defines(each)) out.push_back(to_word(each));
  }
  return out;
}

Result<void> Script::run(std::string& said, std::vector<EmittedEvent>* events, const ScriptWork& work) const {
  if (problem_) return Error{Errc::invalid, *problem_, ""};
  const ScriptWork prepare = [&](lua_State* lua) {
    define(lua, "log", say, &said);
    if (events != nullptr) define(lua, "emit", emit, events);
    return 0;
  };
  return run_script(name_, source_, limits_, clock_, prepare, work);
}

Result<ScriptVerdict> Script::validate(const ScriptRequest& request) const {
  ScriptVerdict out;
  if (!problem_ && !defines(HookFunction::validation)) return out;
  std::string said;
  TRY(run(said, nullptr, [&](lua_State* lua) {
    push_function(lua, HookFunction::validation);
    lua_pushboolean(lua, 1);
    push_json(lua, request.data);
    push_json(lua, request.webhook);
    push_request(lua, request);
    lua_call(lua, 4, 2);
    out = read_verdict(lua);
    return 0;
  }));
  out.said = std::move(said);
  return out;
}

Result<ChangedUser> Script::change_user(const ScriptUser& user, const ScriptRequest& request) const {
  ChangedUser out{user, {}};
  if (!problem_ && !defines(HookFunction::user_data)) return out;
  TRY(run(out.said, nullptr, [&](lua_State* lua) {
    push_user(lua, user);
    const int given = lua_gettop(lua);
    push_function(lua, HookFunction::user_data);
    lua_pushvalue(lua, given);
    push_json(lua, request.data);
    push_json(lua, request.webhook);
    lua_call(lua, 3, 1);
    if (!lua_isnil(lua, -1) && !lua_istable(lua, -1)) {
      return luaL_error(lua, "incoming_webhook_user_data returned a %s; it must return user_data",
                        luaL_typename(lua, -1));
    }
    // Who returns nothing has changed what was given.
    read_user(lua, lua_istable(lua, -1) ? lua_gettop(lua) : given, out.user);
    return 0;
  }));
  return out;
}

Result<ProcessedResult> Script::processed(const ProcessedDelivery& delivery) const {
  ProcessedResult out;
  if (!problem_ && !defines(HookFunction::processed)) return out;
  TRY(run(out.said, &out.events, [&](lua_State* lua) {
    push_function(lua, HookFunction::processed);
    for (const std::string* each : {&delivery.user, &delivery.webhook, &delivery.payload, &delivery.outcome}) {
      push_json(lua, *each);
    }
    lua_call(lua, 4, 0);
    return 0;
  }));
  return out;
}

}  // namespace postern
