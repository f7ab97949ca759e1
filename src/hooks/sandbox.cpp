#include "hooks/sandbox.h"

#include "base/ip.h"
#include "base/utf8.h"
#include "hooks/budget.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace postern {
namespace {

// Lua looks at the limits after so many of its instructions. One of them can at most copy or compare what the memory
// limit lets it have, so a run ends late by no more than so many large copies.
constexpr int kCheckEvery = 100;
// From this size on an allocation looks at the clock too.
constexpr std::size_t kLargeBlock = 64UL * 1024;
constexpr std::size_t kMaxMessageBytes = 500;

[[noreturn]] void end_run(lua_State* lua, int level) {
  luaL_where(lua, level);
  lua_pushstring(lua, budget_of(lua).why().c_str());
  lua_concat(lua, 2);
  lua_error(lua);
  std::abort();  // lua_error() does not return.
}

void on_count(lua_State* lua, lua_Debug*) {
  if (budget_of(lua).spend(kCheckEvery)) return;
  // From now on every instruction ends the run again, wherever the script catches it.
  lua_sethook(lua, on_count, LUA_MASKCOUNT, 1);
  end_run(lua, 0);
}

// Lua's pcall, but the end of a run is passed on.
int bounded_pcall(lua_State* lua) {
  luaL_checkany(lua, 1);
  const int status = lua_pcall(lua, lua_gettop(lua) - 1, LUA_MULTRET, 0);
  ScriptBudget& budget = budget_of(lua);
  if (status == LUA_ERRMEM) budget.stop(ScriptBudget::Stop::memory);
  if (status != LUA_OK && budget.stopped() != ScriptBudget::Stop::none) return lua_error(lua);
  lua_pushboolean(lua, status == LUA_OK ? 1 : 0);
  lua_insert(lua, 1);
  return lua_gettop(lua);
}

int charged(lua_State* lua) {
  std::size_t bytes = 0;
  for (int i = lua_gettop(lua); i > 0; --i) {
    if (lua_type(lua, i) == LUA_TSTRING) bytes += lua_rawlen(lua, i);
  }
  spend(lua, 1 + static_cast<std::int64_t>(bytes) / kBytesPerInstruction);
  return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

// ip_in(address, network, …): is the address in one of the networks?
int ip_in(lua_State* lua) {
  std::size_t length = 0;
  const char* text = luaL_checklstring(lua, 1, &length);
  const auto address = IpAddress::parse({text, length});
  bool inside = false;
  for (int i = 2; i <= lua_gettop(lua); ++i) {
    text = luaL_checklstring(lua, i, &length);
    const auto network = IpNetwork::parse({text, length});
    if (!network) return luaL_error(lua, "'%s' is no IP address or network", text);
    inside = inside || (address && network->contains(*address));
  }
  lua_pushboolean(lua, inside ? 1 : 0);
  return 1;
}

// The table of globals that a script sees, on top of the stack.
void push_globals(lua_State* lua, const Clock& clock) {
  luaL_requiref(lua, LUA_GNAME, luaopen_base, 0);
  push_selection(lua, {"assert", "error", "select", "tonumber", "tostring", "type"});
  for (const char* name : {"ipairs", "next", "pairs"}) {  // As they are: a step of them costs one instruction.
    lua_getfield(lua, -2, name);
    lua_setfield(lua, -2, name);
  }
  lua_pushcfunction(lua, bounded_pcall);
  lua_setfield(lua, -2, "pcall");
  lua_pushcfunction(lua, ip_in);
  lua_setfield(lua, -2, "ip_in");
  luaL_requiref(lua, LUA_MATHLIBNAME, luaopen_math, 0);
  push_selection(lua, {"abs", "acos", "asin", "atan", "ceil", "cos",  "deg", "exp",  "floor", "fmod",     "log",
                       "max", "min",  "modf", "rad",  "sin",  "sqrt", "tan", "type", "ult",   "tointeger"});
  for (const char* name : {"huge", "maxinteger", "mininteger", "pi"}) {
    lua_getfield(lua, -2, name);
    lua_setfield(lua, -2, name);
  }
  lua_remove(lua, -2);
  lua_setfield(lua, -2, "math");
  luaL_requiref(lua, LUA_UTF8LIBNAME, luaopen_utf8, 0);
  push_selection(lua, {"char", "codepoint", "codes", "len", "offset"});
  lua_getfield(lua, -2, "charpattern");
  lua_setfield(lua, -2, "charpattern");
  lua_remove(lua, -2);
  lua_setfield(lua, -2, "utf8");
  push_string_library(lua);
  lua_setfield(lua, -2, "string");
  push_table_library(lua);
  lua_setfield(lua, -2, "table");
  push_os_library(lua, clock);
  lua_setfield(lua, -2, "os");
  lua_remove(lua, -2);
}

struct Run {
  std::string_view name;
  std::string_view source;
  const Clock& clock;
  const ScriptWork& prepare;
  const ScriptWork& work;
};

// In protected mode: anything in here may end in a Lua error.
int run_all(lua_State* lua) {
  const Run& run = *static_cast<const Run*>(lua_touserdata(lua, 1));
  push_globals(lua, run.clock);
  lua_rawseti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  run.prepare(lua);
  const std::string chunk = "@" + std::string(run.name);
  // "t": text only. Compiled code can break the machine that runs it, so it is refused.
  if (luaL_loadbufferx(lua, run.source.data(), run.source.size(), chunk.c_str(), "t") != LUA_OK) return lua_error(lua);
  lua_call(lua, 0, 0);
  return run.work(lua);
}

struct CloseState {
  void operator()(lua_State* lua) const { lua_close(lua); }
};

// What a script has thrown, as one short line.
std::string thrown(lua_State* lua) {
  if (lua_type(lua, -1) != LUA_TSTRING) {
    return std::string("it threw a ") + luaL_typename(lua, -1) + " instead of a text; error(\"…\") takes a text";
  }
  std::size_t length = 0;
  const char* text = lua_tolstring(lua, -1, &length);
  std::string out = utf8::sanitized(utf8::cut({text, length}, kMaxMessageBytes));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return out;
}

}  // namespace

bool ScriptBudget::late() {
  if (stopped_ == Stop::none && clock_.mono() >= deadline_) stop(Stop::time);
  return stopped_ != Stop::none;
}

bool ScriptBudget::spend(std::int64_t instructions) {
  spent_ += std::min(instructions, limits_.instructions + 1);
  if (spent_ > limits_.instructions) stop(Stop::instructions);
  return !late();
}

std::string ScriptBudget::why() const {
  switch (stopped_) {
    case Stop::memory:
      return "it needs more memory than " + std::to_string(limits_.memory_bytes) + " bytes (hooks.memory_bytes)";
    case Stop::instructions:
      return "it ran more than " + std::to_string(limits_.instructions) + " instructions (hooks.instructions)";
    case Stop::time:
      return "it ran longer than " + std::to_string(limits_.time.count()) + " ms (hooks.time_ms)";
    case Stop::none:
      break;
  }
  return "it was ended";
}

void* ScriptBudget::allocate(void* budget, void* block, std::size_t old_size, std::size_t new_size) {
  // Of a new block Lua tells its kind in place of its old size.
  return static_cast<ScriptBudget*>(budget)->resize(block, block == nullptr ? 0 : old_size, new_size);
}

// May fail only where it asks for more: Lua counts on that.
void* ScriptBudget::resize(void* block, std::size_t old_size, std::size_t new_size) {
  if (new_size == 0) {
    std::free(block);
    memory_ -= old_size;
    return nullptr;
  }
  if (new_size > old_size) {
    if (new_size - old_size > limits_.memory_bytes - std::min(memory_, limits_.memory_bytes)) return nullptr;
    if (new_size >= kLargeBlock && late()) return nullptr;
  }
  void* out = std::realloc(block, new_size);
  if (out == nullptr) return new_size > old_size ? nullptr : block;
  memory_ = memory_ - old_size + new_size;
  return out;
}

ScriptBudget& budget_of(lua_State* lua) {
  void* budget = nullptr;
  lua_getallocf(lua, &budget);
  return *static_cast<ScriptBudget*>(budget);
}

void spend(lua_State* lua, std::int64_t instructions) {
  if (!budget_of(lua).spend(instructions)) end_run(lua, 1);
}

void wrap_function(lua_State* lua) {
  lua_pushcclosure(lua, charged, 1);
}

void push_selection(lua_State* lua, std::initializer_list<const char*> names) {
  lua_createtable(lua, 0, static_cast<int>(names.size()) + 4);
  for (const char* name : names) {
    lua_getfield(lua, -2, name);
    wrap_function(lua);
    lua_setfield(lua, -2, name);
  }
}

Result<void> run_script(std::string_view name, std::string_view source, const ScriptLimits& limits, const Clock& clock,
                        const ScriptWork& prepare, const ScriptWork& work) {
  ScriptBudget budget(limits, clock);
  const auto failed = [&](Errc code, const std::string& why) {
    const std::string prefix = std::string(name) + ":";
    return Error{code, why.starts_with(prefix) ? why : prefix + " " + why, ""};
  };
  const std::unique_ptr<lua_State, CloseState> state(lua_newstate(&ScriptBudget::allocate, &budget));
  if (state == nullptr) {
    budget.stop(ScriptBudget::Stop::memory);
    return failed(Errc::too_large, budget.why());
  }
  lua_State* lua = state.get();
  lua_sethook(lua, on_count, LUA_MASKCOUNT, kCheckEvery);
  Run run{name, source, clock, prepare, work};
  // Neither of the two needs memory, so both may stand outside of protected mode.
  lua_pushcfunction(lua, run_all);
  lua_pushlightuserdata(lua, &run);
  const int status = lua_pcall(lua, 1, 0, 0);
  if (status == LUA_OK) return {};
  if (status == LUA_ERRMEM) budget.stop(ScriptBudget::Stop::memory);
  const std::string message = status == LUA_ERRMEM ? budget.why() : thrown(lua);
  return failed(budget.stopped() == ScriptBudget::Stop::none ? Errc::invalid : Errc::too_large, message);
}

}  // namespace postern
