// What is wrong with the source and the protection of a webhook, told alike by the command line and the admin API.
#pragma once

#include "model/webhook.h"
#include "presets/preset_library.h"
#include "store/catalog_store.h"

#include <cstddef>
#include <string>
#include <vector>

namespace postern {

// So many of each fit into what a person can look through; a list of thousands is a mistake.
constexpr std::size_t kMaxEventMeanings = 100;
constexpr std::size_t kMaxConditions = 32;
constexpr std::size_t kMaxConditionValues = 200;
constexpr std::size_t kMaxProductEffects = 500;
constexpr std::size_t kMaxNetworks = 100;
constexpr std::size_t kMaxSettingBytes = 1024;  // Of a type, a product, a value: what a source reads at most.
constexpr std::uint32_t kMaxRate = 1'000'000;   // Requests a minute.

struct SettingFault {
  std::string setting;  // As the admin API calls it: "source.events".
  std::string message;  // Ends a sentence that begins with the setting. May hold text that somebody has entered.
};

// What of `after` cannot be. What `before` names already may stay although it is gone: a space, a preset.
std::vector<SettingFault> source_faults(const PresetLibrary& presets, const CatalogData& catalog,
                                        const SourceSettings& before, const SourceSettings& after);
std::vector<SettingFault> protection_faults(const Protection& before, const Protection& after, WallTime now);

// Its requests need a secret, and none is kept that has not expired: all of them are refused.
bool lacks_secret(const PresetLibrary& presets, const SourceSettings& source, WallTime now);

// What an operator should know, one sentence each: a secret is missing, the requests lack the e-mail.
std::vector<std::string> source_warnings(const PresetLibrary& presets, const SourceSettings& source, WallTime now);

}  // namespace postern
