// Comparing a secret that somebody sends with what an operator has written down about it.
#pragma once

#include <string_view>

namespace postern {

// Is `given` the secret that `expected` tells of: the text itself, or "sha256:" and the SHA-256 of it in hex? Takes the
// same time wherever they differ. An empty secret matches nothing. Any thread.
bool matches_secret(std::string_view given, std::string_view expected);

}  // namespace postern
