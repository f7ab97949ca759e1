// postern backup, check, config
#pragma once

#include "cli/context.h"

namespace postern {

Result<void> backup(Context& context, const std::string& file);
// False: something is wrong; it has been printed.
Result<bool> check(Context& context);
void print_config(const Context& context);

}  // namespace postern
