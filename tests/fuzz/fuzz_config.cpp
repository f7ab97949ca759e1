// Configuration values from any bytes: no crash, and what is accepted is printed in a form that is accepted.
#include "base/check.h"
#include "config/definition.h"

#include <cstdint>
#include <string_view>

using namespace postern;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto definitions = setting_definitions();
  const SettingDefinition& definition = definitions[data[0] % definitions.size()];
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  Settings settings;
  if (!definition.read(settings, text) || definition.is_secret) return 0;
  const std::string written = definition.write(settings);
  if (written.empty()) return 0;
  CHECK(definition.read(settings, written));     // Else: what a setting prints, it does not read.
  CHECK(definition.write(settings) == written);  // Else: a setting changes when it is written and read.
  return 0;
}
