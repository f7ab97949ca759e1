// Which fields hold a secret, judged by their names.
#pragma once

#include <string_view>

namespace postern {

constexpr std::string_view kRedacted = "[redacted]";

// True if the name contains one of the words of secret_names.cpp, ASCII case ignored. Rather once too often.
bool is_secret_name(std::string_view name);

}  // namespace postern
