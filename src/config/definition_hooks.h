// The settings of the operator's scripts.
#pragma once

#include "config/definition.h"

#include <vector>

namespace postern {

std::vector<SettingDefinition> hooks_definitions();

}  // namespace postern
