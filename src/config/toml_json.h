// TOML as JSON, for files that people write and other layers read as JSON.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace postern {

// `name` is what errors call the text, usually its file. Errors: invalid (not TOML, or a date or a broken number,
// which JSON does not have), with line and column.
Result<std::string> toml_to_json(std::string_view text, const std::string& name);

}  // namespace postern
