// What people are told about presets.
#pragma once

#include "presets/preset_library.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// Null: there is none of that name that can be used, or it is the form, which needs none.
std::shared_ptr<const Preset> usable_preset(const PresetLibrary& presets, std::string_view name);

// "signature (secret), optional": how its requests prove where they come from.
std::string proof_in_words(const Preset& preset);

// "/status in (a, b)". May hold text of others.
std::string condition_in_words(std::string_view subject, std::string_view op, const std::vector<std::string>& values);
// "event_type eq paid and /status in (a, b): grant".
std::string rule_in_words(const Rule& rule);

// What people call the source: the title of its preset. Empty: there is no such preset any more.
std::string source_title(const PresetLibrary& presets, std::string_view name);

// Nobody can send anything that is accepted as long as no secret is kept.
bool needs_secret(const Preset& preset);
// The sender signs what it calls this webhook.
bool needs_webhook_id(const Preset& preset);

}  // namespace postern
