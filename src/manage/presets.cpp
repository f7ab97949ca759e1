#include "manage/presets.h"

#include "model/webhook.h"
#include "source/shipped.h"

#include <array>

namespace postern {
namespace {

constexpr std::array<std::string_view, 5> kProofs{"none", "user and password", "token", "signature (secret)",
                                                  "signature (public key)"};

// A test reads each of them: it cannot fail here.
Preset read_shipped(const ShippedPreset& shipped) {
  Result<Preset> preset = read_preset(shipped.json);
  CHECK(preset.has_value());
  return *std::move(preset);
}

}  // namespace

std::optional<Preset> find_preset(std::string_view name) {
  const auto shipped = find_shipped(name);
  if (!shipped) return std::nullopt;
  return read_shipped(*shipped);
}

std::vector<Preset> all_presets() {
  std::vector<Preset> out;
  for (const ShippedPreset& each : shipped_presets()) out.push_back(read_shipped(each));
  return out;
}

std::string proof_in_words(const Preset& preset) {
  std::string out(kProofs[static_cast<std::size_t>(preset.verify.kind)]);
  return preset.verify.optional ? out + ", optional" : out;
}

std::string source_title(std::string_view name) {
  if (name == kFormSource) return "Form";
  const auto preset = find_preset(name);
  return preset ? preset->title : std::string();
}

}  // namespace postern
