// `postern serve`: builds every part in order, runs until told to stop, takes them down in reverse order.
#pragma once

#include "cli/cli.h"

namespace postern {

// Returns the exit code. Errors go to standard error as one line each.
int serve(const Effective& effective, const ServeFlags& flags);

}  // namespace postern
