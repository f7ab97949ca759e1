// The settings of outgoing events.
#pragma once

#include "config/definition.h"

#include <vector>

namespace postern {

std::vector<SettingDefinition> outgoing_definitions();

}  // namespace postern
