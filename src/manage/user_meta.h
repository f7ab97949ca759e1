// What is kept about a user beside the names: a bounded JSON object, stored as text.
#pragma once

#include "base/result.h"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace postern {

// Of a stored text; empty for one that is no object.
boost::json::object meta_json(std::string_view meta);

// As it is stored, empty for {}. Errors: invalid (no JSON object, nested too deeply, too long).
Result<std::string> parse_meta(std::string_view text);

}  // namespace postern
