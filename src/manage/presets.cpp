#include "manage/presets.h"

#include "model/webhook.h"

#include <algorithm>
#include <array>

namespace postern {

std::shared_ptr<const Preset> usable_preset(const PresetLibrary& presets, std::string_view name) {
  const auto found = presets.find(name);
  return found ? found->preset : nullptr;
}

std::string proof_in_words(const Preset& preset) {
  constexpr std::array<std::string_view, 5> kProofs{"none", "user and password", "token", "signature (secret)",
                                                    "signature (public key)"};
  const std::string out(kProofs[static_cast<std::size_t>(preset.verify.kind)]);
  return preset.verify.optional ? out + ", optional" : out;
}

std::string condition_in_words(std::string_view subject, std::string_view op, const std::vector<std::string>& values) {
  std::string out = subject.empty() ? "the body" : std::string(subject);
  out += " " + std::string(op);
  const bool list = op == "in" || op == "not_in";
  for (std::size_t i = 0; i < values.size(); ++i) out += (i > 0 ? ", " : list ? " (" : " ") + values[i];
  return list ? out + ")" : out;
}

std::string rule_in_words(const Rule& rule) {
  std::string out;
  for (const Condition& each : rule.when) {
    out += (out.empty() ? "" : " and ") + condition_in_words(each.subject.text, to_word(each.op), each.values);
  }
  return out + ": " + std::string(to_word(rule.action));
}

std::string source_title(const PresetLibrary& presets, std::string_view name) {
  if (name == kFormSource) return "Form";
  const auto preset = usable_preset(presets, name);
  if (preset == nullptr) return {};
  return preset->title.empty() ? preset->name : preset->title;
}

bool needs_secret(const Preset& preset) {
  const Verification& verify = preset.verify;
  return verify.kind != Verification::Kind::none && !verify.optional && verify.public_key.empty();
}

bool needs_webhook_id(const Preset& preset) {
  const auto& pieces = preset.verify.pieces;
  return std::any_of(pieces.begin(), pieces.end(),
                     [](const Verification::Piece& piece) { return piece.part == Verification::Part::webhook_id; });
}

}  // namespace postern
