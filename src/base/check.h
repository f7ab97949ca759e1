// Checks of our own reasoning. On in every build: a release that goes on with a broken invariant is worse
// than one that stops. Never for input from outside; that gets a Result.
#pragma once

namespace postern {

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace postern

#define CHECK(expression) ((expression) ? void(0) : ::postern::check_failed(#expression, __FILE__, __LINE__))
