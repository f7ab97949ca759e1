// JSON documents as Lua values and back. For the .cpp files of hooks/ only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

struct lua_State;

namespace postern {

// Pushes the document as a Lua value: objects and lists as tables, null as nil (so it is absent from a table). What is
// no JSON, or nested deeper than a body may be, is a Lua error.
void push_json(lua_State* lua, std::string_view document);

struct JsonBounds {
  std::size_t bytes = 16UL * 1024;
  int depth = 8;
};
// The value at that place of the stack as a JSON document; members in the order of their names. A table whose keys are
// 1 to n is a list, one whose keys are texts an object; an empty one is an object. Anything else, and what is past the
// bounds, is a Lua error that names the place: "meta.tags is a function; …".
std::string to_json(lua_State* lua, int index, const std::string& place, const JsonBounds& bounds);

}  // namespace postern
