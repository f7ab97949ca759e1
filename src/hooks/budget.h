// How a C function of the sandbox pays for what it does. For the .cpp files of hooks/ only.
#pragma once

#include "hooks/sandbox.h"

#include <lua.hpp>

namespace postern {

ScriptBudget& budget_of(lua_State* lua);

// Takes what work costs off the limits; ends the run (a Lua error that pcall passes on) if there is nothing left.
// Instructions of Lua are counted by themselves: this is for loops of ours, which Lua cannot interrupt.
void spend(lua_State* lua, std::int64_t instructions);

// How many bytes of copying or comparing are one instruction's worth.
inline constexpr std::int64_t kBytesPerInstruction = 32;

// Each leaves one table on the stack: the library as a script may see it.
void push_string_library(lua_State* lua);
void push_table_library(lua_State* lua);
void push_os_library(lua_State* lua, const Clock& clock);

// The function on top of the stack, which is Lua's own, becomes one that pays for the length of its arguments.
void wrap_function(lua_State* lua);
// A new table on top of the stack with those functions of the table below it that are named, each wrapped.
void push_selection(lua_State* lua, std::initializer_list<const char*> names);

}  // namespace postern
