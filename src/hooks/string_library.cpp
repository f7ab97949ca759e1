// string, for scripts: what can loop for long or build something huge in one step pays for it. dump, pack, packsize and
// unpack are left out.
#include "hooks/budget.h"
#include "hooks/pattern.h"

#include <cstring>

namespace postern {
namespace {

std::string_view check_text(lua_State* lua, int index) {
  std::size_t length = 0;
  const char* text = luaL_checklstring(lua, index, &length);
  return {text, length};
}

int repeat(lua_State* lua) {
  const std::string_view text = check_text(lua, 1);
  const lua_Integer times = luaL_checkinteger(lua, 2);
  const std::string_view separator = lua_isnoneornil(lua, 3) ? std::string_view() : check_text(lua, 3);
  if (times <= 0) {
    lua_pushliteral(lua, "");
    return 1;
  }
  // Not even nothing is repeated without end.
  spend(lua, times);
  luaL_Buffer out;
  luaL_buffinit(lua, &out);
  for (lua_Integer i = 0; i < times; ++i) {
    if (i > 0) luaL_addlstring(&out, separator.data(), separator.size());
    luaL_addlstring(&out, text.data(), text.size());
  }
  luaL_pushresult(&out);
  return 1;
}

std::string_view check_pattern(lua_State* lua, int index) {
  constexpr std::size_t kMaxPatternBytes = 4096;
  const std::string_view pattern = check_text(lua, index);
  luaL_argcheck(lua, pattern.size() <= kMaxPatternBytes, 2, "pattern too long");
  return pattern;
}

// Where a search begins, as an offset; nothing: behind the end.
std::optional<std::size_t> begin_of_search(lua_State* lua, int index, std::size_t length) {
  const lua_Integer given = luaL_optinteger(lua, index, 1);
  const auto size = static_cast<lua_Integer>(length);
  const lua_Integer from = given > 0 ? given : given == 0 || given < -size ? 1 : size + given + 1;
  if (from > size + 1) return std::nullopt;
  return static_cast<std::size_t>(from - 1);
}

int find_plain(lua_State* lua, std::string_view text, std::string_view what, std::size_t from) {
  spend(lua, static_cast<std::int64_t>(text.size() + what.size()) / kBytesPerInstruction);
  const char* begin = text.data() + from;
  // memmem() is linear, whatever is looked for.
  const void* found = what.empty() ? begin : ::memmem(begin, text.size() - from, what.data(), what.size());
  if (found == nullptr) {
    lua_pushnil(lua);
    return 1;
  }
  const auto at = static_cast<const char*>(found) - text.data();
  lua_pushinteger(lua, at + 1);
  lua_pushinteger(lua, at + static_cast<lua_Integer>(what.size()));
  return 2;
}

int find_or_match(lua_State* lua, bool find) {
  const std::string_view text = check_text(lua, 1);
  std::string_view pattern = check_text(lua, 2);
  const auto from = begin_of_search(lua, 3, text.size());
  if (!from) {
    lua_pushnil(lua);
    return 1;
  }
  const bool plain = find && (lua_toboolean(lua, 4) != 0 || pattern.find_first_of("^$*+?.([%-") == pattern.npos);
  if (plain) return find_plain(lua, text, pattern, *from);
  pattern = check_pattern(lua, 2);
  const bool anchored = pattern.starts_with('^');
  if (anchored) pattern.remove_prefix(1);
  PatternMatcher matcher(lua, text, pattern);
  for (std::size_t at = *from; at <= text.size(); ++at) {
    spend(lua, 1);
    if (const auto end = matcher.match(at)) {
      if (!find) return matcher.push_captures(at, *end);
      lua_pushinteger(lua, static_cast<lua_Integer>(at) + 1);
      lua_pushinteger(lua, static_cast<lua_Integer>(*end));
      return 2 + (matcher.captures() == 0 ? 0 : matcher.push_captures(at, *end));
    }
    if (anchored) break;
  }
  lua_pushnil(lua);
  return 1;
}

int find(lua_State* lua) {
  return find_or_match(lua, true);
}
int match(lua_State* lua) {
  return find_or_match(lua, false);
}

// Upvalues: subject, pattern, where to go on, where the last match ended (0: none yet).
int next_match(lua_State* lua) {
  const std::string_view text = check_text(lua, lua_upvalueindex(1));
  PatternMatcher matcher(lua, text, check_text(lua, lua_upvalueindex(2)));
  const auto last = static_cast<std::size_t>(lua_tointeger(lua, lua_upvalueindex(4)));
  for (auto at = static_cast<std::size_t>(lua_tointeger(lua, lua_upvalueindex(3))); at <= text.size(); ++at) {
    spend(lua, 1);
    const auto end = matcher.match(at);
    if (!end || *end + 1 == last) continue;  // An empty match right behind the last one is none.
    lua_pushinteger(lua, static_cast<lua_Integer>(*end));
    lua_copy(lua, -1, lua_upvalueindex(3));
    lua_pushinteger(lua, static_cast<lua_Integer>(*end) + 1);
    lua_copy(lua, -1, lua_upvalueindex(4));
    return matcher.push_captures(at, *end);
  }
  return 0;
}

int gmatch(lua_State* lua) {
  const std::string_view text = check_text(lua, 1);
  check_pattern(lua, 2);
  const auto from = begin_of_search(lua, 3, text.size());
  lua_settop(lua, 2);
  lua_pushinteger(lua, static_cast<lua_Integer>(from.value_or(text.size() + 1)));
  lua_pushinteger(lua, 0);
  lua_pushcclosure(lua, next_match, 4);
  return 1;
}

// One call of gsub. Arguments: subject, pattern, replacement, most.
class Substitution {
 public:
  explicit Substitution(lua_State* lua) : state_(lua), text_(check_text(lua, 1)), kind_(lua_type(lua, 3)) {
    std::string_view pattern = check_pattern(lua, 2);
    luaL_argexpected(lua, kind_ == LUA_TSTRING || kind_ == LUA_TNUMBER || kind_ == LUA_TTABLE || kind_ == LUA_TFUNCTION,
                     3, "string/function/table");
    anchored_ = pattern.starts_with('^');
    if (anchored_) pattern.remove_prefix(1);
    pattern_ = pattern;
  }

  int run() {
    const lua_Integer most = luaL_optinteger(state_, 4, static_cast<lua_Integer>(text_.size()) + 1);
    PatternMatcher matcher(state_, text_, pattern_);
    luaL_Buffer out;
    luaL_buffinit(state_, &out);
    lua_Integer n = 0;
    std::size_t at = 0;
    std::optional<std::size_t> last;
    while (n < most) {
      spend(state_, 1);
      const auto end = matcher.match(at);
      if (end && end != last) {
        ++n;
        add(out, matcher, at, *end);
        at = *end;
        last = end;
      } else if (at < text_.size()) {
        luaL_addchar(&out, text_[at]);
        ++at;
      } else {
        break;
      }
      if (anchored_) break;
    }
    luaL_addlstring(&out, text_.data() + at, text_.size() - at);
    luaL_pushresult(&out);
    lua_pushinteger(state_, n);
    return 2;
  }

 private:
  void add(luaL_Buffer& out, const PatternMatcher& matcher, std::size_t begin, std::size_t end) {
    if (kind_ == LUA_TFUNCTION) {
      lua_pushvalue(state_, 3);
      lua_call(state_, matcher.push_captures(begin, end), 1);
    } else if (kind_ == LUA_TTABLE) {
      matcher.push_capture(0, begin, end);
      lua_rawget(state_, 3);
    } else {
      return add_text(out, matcher, begin, end);
    }
    if (lua_toboolean(state_, -1) == 0) {  // nil or false keeps what was there.
      lua_pop(state_, 1);
      luaL_addlstring(&out, text_.data() + begin, end - begin);
    } else if (lua_isstring(state_, -1) == 0) {
      luaL_error(state_, "invalid replacement value (a %s)", luaL_typename(state_, -1));
    } else {
      luaL_addvalue(&out);
    }
  }

  // The replacement with %0 to %9 filled in.
  void add_text(luaL_Buffer& out, const PatternMatcher& matcher, std::size_t begin, std::size_t end) {
    const std::string_view text = check_text(state_, 3);
    spend(state_, 1 + static_cast<std::int64_t>(text.size()) / kBytesPerInstruction);
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (c != '%') {
        luaL_addchar(&out, c);
        continue;
      }
      const char next = ++i < text.size() ? text[i] : '\0';
      if (next == '%') {
        luaL_addchar(&out, '%');
      } else if (next == '0') {
        luaL_addlstring(&out, text_.data() + begin, end - begin);
      } else if (next >= '1' && next <= '9') {
        matcher.push_capture(static_cast<std::size_t>(next - '1'), begin, end);
        luaL_tolstring(state_, -1, nullptr);  // A position is a number.
        lua_remove(state_, -2);
        luaL_addvalue(&out);
      } else {
        luaL_error(state_, "invalid use of '%%' in replacement string");
      }
    }
  }

  lua_State* state_;
  std::string_view text_;
  std::string_view pattern_;
  bool anchored_ = false;
  int kind_;
};

int gsub(lua_State* lua) {
  lua_settop(lua, 4);
  return Substitution(lua).run();
}

}  // namespace

void push_string_library(lua_State* lua) {
  luaL_requiref(lua, LUA_STRLIBNAME, luaopen_string, 0);
  push_selection(lua, {"byte", "char", "format", "len", "lower", "reverse", "sub", "upper"});
  constexpr luaL_Reg kOwn[] = {{"rep", repeat},    {"find", find}, {"match", match},
                               {"gmatch", gmatch}, {"gsub", gsub}, {nullptr, nullptr}};
  luaL_setfuncs(lua, kOwn, 0);
  lua_remove(lua, -2);
  // What ("text"):rep() finds. The metatable itself cannot be reached by a script, but its table can be changed: it is
  // the script's own, and goes with the run.
  lua_pushliteral(lua, "");
  lua_createtable(lua, 0, 1);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_setmetatable(lua, -2);
  lua_pop(lua, 1);
}

}  // namespace postern
