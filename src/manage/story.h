// What happened to a delivery, step by step, in plain words.
#pragma once

#include "model/delivery.h"
#include "store/catalog_store.h"

#include <string>
#include <string_view>
#include <vector>

namespace postern {

struct StoryStep {
  std::string_view step;  // "received", "recognised", "decoded", "scripts", "held", "decided", "applied", "answered"
  std::string text;       // One or more sentences. May hold text that a sender sent.
};

// Names are those of `catalog`, so as of now. Steps that the delivery did not reach are left out.
std::vector<StoryStep> story_of(const Delivery& delivery, const CatalogData& catalog);

// The webhook's name, or "number 7 (removed)".
std::string name_of(const CatalogData& catalog, WebhookId id);

}  // namespace postern
