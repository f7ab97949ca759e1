#include "hooks/lua_json.h"

#include "base/utf8.h"
#include "hooks/budget.h"

#include <boost/json.hpp>

#include <cmath>
#include <map>

namespace postern {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDocumentDepth = 1000;  // Past the most that limits.json_depth lets in.
constexpr std::size_t kMaxPlaceBytes = 200;

void push_value(lua_State* lua, const json::value& value) {
  luaL_checkstack(lua, 3, "the document is nested too deeply");
  switch (value.kind()) {
    case json::kind::null:
      lua_pushnil(lua);
      return;
    case json::kind::bool_:
      lua_pushboolean(lua, value.get_bool() ? 1 : 0);
      return;
    case json::kind::int64:
      lua_pushinteger(lua, value.get_int64());
      return;
    case json::kind::uint64:
      lua_pushnumber(lua, static_cast<lua_Number>(value.get_uint64()));
      return;
    case json::kind::double_:
      lua_pushnumber(lua, value.get_double());
      return;
    case json::kind::string:
      lua_pushlstring(lua, value.get_string().data(), value.get_string().size());
      return;
    case json::kind::array: {
      const json::array& list = value.get_array();
      lua_createtable(lua, static_cast<int>(list.size()), 0);
      for (std::size_t i = 0; i < list.size(); ++i) {
        push_value(lua, list[i]);
        lua_rawseti(lua, -2, static_cast<lua_Integer>(i) + 1);
      }
      return;
    }
    case json::kind::object: {
      const json::object& object = value.get_object();
      lua_createtable(lua, 0, static_cast<int>(object.size()));
      for (const auto& member : object) {
        lua_pushlstring(lua, member.key().data(), member.key().size());
        push_value(lua, member.value());
        lua_rawset(lua, -3);
      }
      return;
    }
  }
}

class Writer {
 public:
  Writer(lua_State* lua, const JsonBounds& bounds) : state_(lua), bounds_(bounds) {}

  json::value value(int index, const std::string& place, int depth) {
    spend(state_, 1);
    switch (lua_type(state_, index)) {
      case LUA_TBOOLEAN:
        return lua_toboolean(state_, index) != 0;
      case LUA_TNUMBER:
        return number(index, place);
      case LUA_TSTRING:
        return text(index, place);
      case LUA_TTABLE:
        return table(index, place, depth);
      default:
        break;
    }
    fail(place, std::string("is a ") + luaL_typename(state_, index) +
                    "; only texts, numbers, true, false and tables of them can be kept");
  }

  void charge(std::size_t bytes, const std::string& place) {
    bytes_ += bytes;
    if (bytes_ > bounds_.bytes) fail(place, "is too long: more than " + std::to_string(bounds_.bytes) + " bytes");
  }

 private:
  [[noreturn]] void fail(const std::string& place, const std::string& what) {
    luaL_error(state_, "%s %s", std::string(utf8::cut(place, kMaxPlaceBytes)).c_str(), what.c_str());
    std::abort();  // luaL_error() does not return.
  }

  json::value number(int index, const std::string& place) {
    charge(8, place);
    if (lua_isinteger(state_, index) != 0) return lua_tointeger(state_, index);
    const lua_Number number = lua_tonumber(state_, index);
    if (!std::isfinite(number)) fail(place, "is no finite number");
    return number;
  }

  json::value text(int index, const std::string& place) {
    std::size_t length = 0;
    const char* begin = lua_tolstring(state_, index, &length);
    charge(length + 2, place);
    return json::value(utf8::sanitized({begin, length}));
  }

  json::value table(int index, const std::string& place, int depth) {
    if (depth >= bounds_.depth) {
      fail(place, "is nested deeper than " + std::to_string(bounds_.depth) + " levels, or holds itself");
    }
    luaL_checkstack(state_, 4, "the table is nested too deeply");
    const int at = lua_absindex(state_, index);
    const auto length = static_cast<lua_Integer>(lua_rawlen(state_, at));
    return length > 0 ? list(at, length, place, depth) : object(at, place, depth);
  }

  json::value list(int at, lua_Integer length, const std::string& place, int depth) {
    lua_Integer keys = 0;
    for (lua_pushnil(state_); lua_next(state_, at) != 0; lua_pop(state_, 1)) {
      spend(state_, 1);
      if (lua_type(state_, -2) != LUA_TNUMBER) fail(place, "has named keys beside its numbers; take one or the other");
      ++keys;
    }
    if (keys != length) fail(place, "is a list with holes, or does not begin at 1");
    json::array out;
    for (lua_Integer i = 1; i <= length; ++i) {
      lua_rawgeti(state_, at, i);
      out.push_back(value(-1, place + "[" + std::to_string(i) + "]", depth + 1));
      lua_pop(state_, 1);
    }
    return out;
  }

  json::value object(int at, const std::string& place, int depth) {
    std::map<std::string, json::value> members;
    for (lua_pushnil(state_); lua_next(state_, at) != 0; lua_pop(state_, 1)) {
      if (lua_type(state_, -2) != LUA_TSTRING) {
        fail(place, std::string("has a key that is a ") + luaL_typename(state_, -2) + "; keys are texts, or 1, 2, 3 …");
      }
      std::size_t length = 0;
      const char* begin = lua_tolstring(state_, -2, &length);
      std::string key = utf8::sanitized({begin, length});
      charge(key.size() + 4, place);
      std::string below = place;
      below += '.';
      below += key;
      members[key] = value(-1, below, depth + 1);
    }
    json::object out;
    for (auto& [key, member] : members) out[key] = std::move(member);
    return out;
  }

  lua_State* state_;
  const JsonBounds bounds_;
  std::size_t bytes_ = 0;
};

}  // namespace

void push_json(lua_State* lua, std::string_view document) {
  json::parse_options options;
  options.max_depth = kMaxDocumentDepth;
  json::error_code error;
  json::monotonic_resource memory;
  const json::value value = json::parse(json::string_view(document.data(), document.size()), error, &memory, options);
  if (error) luaL_error(lua, "what the script is given could not be read");
  push_value(lua, value);
}

std::string to_json(lua_State* lua, int index, const std::string& place, const JsonBounds& bounds) {
  Writer writer(lua, bounds);
  std::string out = json::serialize(writer.value(index, place, 0));
  if (out.size() > bounds.bytes) writer.charge(bounds.bytes + 1, place);  // Escapes have made it longer.
  return out;
}

}  // namespace postern
