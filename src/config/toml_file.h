// The configuration file as a flat list.
#pragma once

#include "base/result.h"

#include <string>
#include <vector>

namespace postern {

struct FileValue {
  std::string key;    // "limits.body_bytes"
  std::string value;  // As text; a list joined with commas.
  unsigned line = 0;
};

// Errors: invalid (not TOML, with line and column), not_found (cannot be read).
Result<std::vector<FileValue>> read_toml(const std::string& path);

}  // namespace postern
