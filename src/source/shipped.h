// The presets of sources/, which are part of the program.
#pragma once

#include "source/preset.h"

#include <optional>
#include <span>
#include <string_view>

namespace postern {

struct ShippedPreset {
  std::string_view name;
  std::string_view json;
};

// Sorted by name. Each can be read: a test holds that.
std::span<const ShippedPreset> shipped_presets();

std::optional<ShippedPreset> find_shipped(std::string_view name);

}  // namespace postern
