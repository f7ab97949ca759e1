// Files and standard input for postern source check.
#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <cstddef>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// Errors: not_found (cannot be read), too_large.
Result<std::string> read_whole(const std::string& path, std::size_t max_bytes);

// Secrets as they are kept in files: one per line, or PEM blocks. Blank lines do not count.
std::vector<Secret> parse_secrets(std::string_view text);
// Errors: not_found, too_large, invalid (nothing there).
Result<std::vector<Secret>> read_secrets(const std::string& path);
Result<std::vector<Secret>> read_secrets(std::istream& input);

}  // namespace postern
