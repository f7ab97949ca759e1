// table and os, for scripts: what loops inside pays for it.
#include "hooks/budget.h"

#include <array>
#include <ctime>
#include <string>
#include <string_view>

namespace postern {
namespace {

// The length of the table in the first argument.
lua_Integer check_table(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  return static_cast<lua_Integer>(lua_rawlen(lua, 1));
}

int concat(lua_State* lua) {
  const lua_Integer length = check_table(lua);
  std::size_t separator_length = 0;
  const char* separator = luaL_optlstring(lua, 2, "", &separator_length);
  const lua_Integer first = luaL_optinteger(lua, 3, 1);
  const lua_Integer last = luaL_optinteger(lua, 4, length);
  luaL_Buffer out;
  luaL_buffinit(lua, &out);
  for (lua_Integer i = first; i <= last; ++i) {
    spend(lua, 1);
    lua_rawgeti(lua, 1, i);
    if (lua_isstring(lua, -1) == 0) {
      return luaL_error(lua, "invalid value (a %s) at index %I in table for 'concat'", luaL_typename(lua, -1), i);
    }
    luaL_addvalue(&out);
    if (i == last) break;  // It may be the greatest number there is.
    luaL_addlstring(&out, separator, separator_length);
  }
  luaL_pushresult(&out);
  return 1;
}

int insert(lua_State* lua) {
  const lua_Integer end = check_table(lua) + 1;
  if (lua_gettop(lua) == 2) {
    lua_rawseti(lua, 1, end);
    return 0;
  }
  if (lua_gettop(lua) != 3) return luaL_error(lua, "wrong number of arguments to 'insert'");
  const lua_Integer at = luaL_checkinteger(lua, 2);
  luaL_argcheck(lua, at >= 1 && at <= end, 2, "position out of bounds");
  spend(lua, end - at);
  for (lua_Integer i = end; i > at; --i) {
    lua_rawgeti(lua, 1, i - 1);
    lua_rawseti(lua, 1, i);
  }
  lua_rawseti(lua, 1, at);
  return 0;
}

int remove(lua_State* lua) {
  const lua_Integer size = check_table(lua);
  lua_Integer at = luaL_optinteger(lua, 2, size);
  if (at != size) luaL_argcheck(lua, at >= 1 && at <= size + 1, 2, "position out of bounds");
  spend(lua, 1 + (size - at));
  lua_rawgeti(lua, 1, at);
  for (; at < size; ++at) {
    lua_rawgeti(lua, 1, at + 1);
    lua_rawseti(lua, 1, at);
  }
  lua_pushnil(lua);
  lua_rawseti(lua, 1, at);
  return 1;
}

// "a < b", or what the comparison of the script (upvalue 1) says.
int before(lua_State* lua) {
  spend(lua, 2);
  if (lua_isnil(lua, lua_upvalueindex(1))) {
    lua_pushboolean(lua, lua_compare(lua, 1, 2, LUA_OPLT));
    return 1;
  }
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, 2, 1);
  return 1;
}

// Upvalue 1: Lua's own sort, which is given a comparison that pays.
int sort(lua_State* lua) {
  check_table(lua);
  lua_settop(lua, 2);
  if (!lua_isnil(lua, 2)) luaL_checktype(lua, 2, LUA_TFUNCTION);
  lua_pushcclosure(lua, before, 1);
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, 2, 0);
  return 0;
}

std::time_t seconds_of(const Clock& clock) {
  return static_cast<std::time_t>(std::chrono::floor<std::chrono::seconds>(clock.now()).time_since_epoch().count());
}

const Clock& clock_of(lua_State* lua) {
  return *static_cast<const Clock*>(lua_touserdata(lua, lua_upvalueindex(1)));
}

// os.time(): seconds since 1970.
int os_time(lua_State* lua) {
  if (lua_gettop(lua) > 0) return luaL_error(lua, "os.time takes no arguments here");
  lua_pushinteger(lua, seconds_of(clock_of(lua)));
  return 1;
}

// os.date([format [, time]]): in UTC, whatever the format begins with.
int os_date(lua_State* lua) {
  constexpr std::string_view kConversions = "aAbBdFHIjmMpSTuwyYZ%";
  std::size_t length = 0;
  const char* text = luaL_optlstring(lua, 1, "%Y-%m-%dT%H:%M:%SZ", &length);
  std::string_view format(text, length);
  if (format.starts_with('!')) format.remove_prefix(1);
  const std::time_t time = lua_isnoneornil(lua, 2) ? seconds_of(clock_of(lua)) : luaL_checkinteger(lua, 2);
  std::tm utc{};
  if (format.size() > 100 || ::gmtime_r(&time, &utc) == nullptr)
    return luaL_argerror(lua, 1, "too long, or no such time");
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    const char next = ++i < format.size() ? format[i] : '\0';
    if (kConversions.find(next) == kConversions.npos || next == '\0') {
      return luaL_argerror(lua, 1, "may hold %a %A %b %B %d %F %H %I %j %m %M %p %S %T %u %w %y %Y %Z %% only");
    }
  }
  std::array<char, 2048> out{};
  const std::string wanted(format);
  lua_pushlstring(lua, out.data(), std::strftime(out.data(), out.size(), wanted.c_str(), &utc));
  return 1;
}

}  // namespace

// Lua's move is left out: a loop does it.
void push_table_library(lua_State* lua) {
  luaL_requiref(lua, LUA_TABLIBNAME, luaopen_table, 0);
  push_selection(lua, {"pack", "unpack"});
  constexpr luaL_Reg kOwn[] = {{"concat", concat}, {"insert", insert}, {"remove", remove}, {nullptr, nullptr}};
  luaL_setfuncs(lua, kOwn, 0);
  lua_getfield(lua, -2, "sort");
  lua_pushcclosure(lua, sort, 1);
  lua_setfield(lua, -2, "sort");
  lua_remove(lua, -2);
}

void push_os_library(lua_State* lua, const Clock& clock) {
  lua_createtable(lua, 0, 2);
  lua_pushlightuserdata(lua, const_cast<Clock*>(&clock));  // NOLINT: read only, see clock_of()
  constexpr luaL_Reg kOwn[] = {{"time", os_time}, {"date", os_date}, {nullptr, nullptr}};
  luaL_setfuncs(lua, kOwn, 1);
}

}  // namespace postern
