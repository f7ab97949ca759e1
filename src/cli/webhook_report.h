// What postern webhook show says about source and protection.
#pragma once

#include "model/webhook.h"
#include "presets/preset_library.h"
#include "store/catalog_store.h"

#include <string>

namespace postern {

// "stripe", "form".
std::string source_cell(const Webhook& webhook);

// Lines of a name and a text; of secrets only number and times. What is as it is by default is not told.
void print_source(const PresetLibrary& presets, const CatalogData& catalog, const Webhook& webhook);
void print_protection(const Webhook& webhook);

// What an operator should know about the source, to standard error.
void print_source_warnings(const PresetLibrary& presets, const Webhook& webhook, WallTime now);

}  // namespace postern
