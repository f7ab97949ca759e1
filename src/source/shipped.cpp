#include "source/shipped.h"

namespace postern {

std::optional<ShippedPreset> find_shipped(std::string_view name) {
  for (const ShippedPreset& each : shipped_presets()) {
    if (each.name == name) return each;
  }
  return std::nullopt;
}

}  // namespace postern
