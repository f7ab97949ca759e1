// The values of simple PHP expressions, found without running PHP: texts, numbers, known constants, the environment.
// Whatever else there is gets no value but a reason: nothing is guessed. Pure. Any thread.
#pragma once

#include "wordpress/php_tokens.h"
#include "wordpress/php_value.h"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>

namespace postern::wordpress {

// A value, or why there is none: a part of a sentence that goes on after a constant's name, without any value in it.
struct Evaluated {
  std::optional<PhpValue> value;
  std::string reason;
  std::size_t line = 0;  // Of the definition, where it is kept as one.
};

// An environment variable. Nothing if it is not set.
using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;

struct PhpScope {
  std::map<std::string, Evaluated, std::less<>> constants;
  std::string directory;  // Of the file: __DIR__.
  EnvironmentLookup environment;
};

// Reads the expression at tokens[at] and leaves `at` behind it: at the ',', ';' or closing bracket that ends it.
// An environment variable that is not set here has no value, even if the file has a default for it: it may be set for
// the web server.
Evaluated evaluate(std::span<const PhpToken> tokens, std::size_t& at, const PhpScope& scope);

// Leaves `at` at the ',', ';' or closing bracket that ends the expression there.
void skip_expression(std::span<const PhpToken> tokens, std::size_t& at);

}  // namespace postern::wordpress
