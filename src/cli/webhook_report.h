// What postern webhook list and show say about source, protection, and what came.
#pragma once

#include "manage/webhook_activity.h"
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

// Lines of what waits and of what came: the last 24 hours and 7 days by status.
void print_activity(const Webhook& webhook, const WebhookNumbers& numbers);
// "12 (18.4 kB) since 2026-11-25T09:30:00.000Z", "0".
std::string held_cell(const WebhookNumbers& numbers);
// "40 processed, 2 duplicate", "nothing".
std::string counts_in_words(const StatusCounts& counts);

// What an operator should know about the source, to standard error.
void print_source_warnings(const PresetLibrary& presets, const Webhook& webhook, WallTime now);

}  // namespace postern
