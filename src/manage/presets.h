// The presets that the source of a webhook can be.
#pragma once

#include "source/preset.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// Nothing: there is none of that name, or it is the form, which needs none.
std::optional<Preset> find_preset(std::string_view name);
std::vector<Preset> all_presets();  // By name.

// "signature (secret), optional": how its requests prove where they come from.
std::string proof_in_words(const Preset& preset);

// What people call the source: the title of its preset. Empty: there is no such preset any more.
std::string source_title(std::string_view name);

}  // namespace postern
