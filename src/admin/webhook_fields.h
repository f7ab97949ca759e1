// Reads what a request says about the source and the protection of a webhook.
#pragma once

#include "admin/fields.h"
#include "manage/interpretation.h"
#include "model/webhook.h"
#include "presets/preset_library.h"
#include "store/catalog_store.h"

namespace postern {

struct WebhookFieldsContext {
  const PresetLibrary& presets;
  const CatalogData& catalog;
  WallTime now{};
};

// Each changes what is given and leaves the rest; a list is replaced whole. What is wrong is added to `fields`, under
// "source.…" and "protection.…". Secrets are not among it.
void read_source(Fields& fields, const WebhookFieldsContext& context, SourceSettings& source);
void read_protection(Fields& fields, const WebhookFieldsContext& context, Protection& protection);

// A request that is to be tried: "body", and "content_type", "query" and "headers", which may be missing.
void read_sample(Fields& fields, SampleRequest& sample);

}  // namespace postern
