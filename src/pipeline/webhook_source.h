// The source of a webhook, made ready for its requests: preset, secrets and conditions read once.
#pragma once

#include "crypto/key_vault.h"
#include "model/webhook.h"
#include "presets/preset_library.h"
#include "source/condition.h"
#include "source/verify.h"

#include <memory>
#include <string>
#include <vector>

namespace postern {

// What is needed to make sources ready. Both may be missing: then there are the shipped presets only, and no secret.
// What is given must outlive who was given it.
struct SourceParts {
  const PresetLibrary* presets = nullptr;
  const KeyVault* vault = nullptr;
};

// Immutable, any thread.
struct WebhookSource {
  std::shared_ptr<const Preset> preset;  // Null: a form with conditions.
  // Why requests cannot be read at all: the webhook has a fault, there is no such preset, a secret cannot be unsealed,
  // a condition is none. Empty: they can.
  std::string problem;
  PreparedSecrets secrets;
  std::vector<Condition> conditions;
  // What of a head the source reads, beside the proof: names in lower case.
  std::vector<std::string> headers;
  std::vector<std::string> parameters;
  // The field of a body that holds the proof, if it stands there: it must not be stored.
  std::string proof_field;
};

// Null: a plain form, for which nothing has to be made ready.
std::shared_ptr<const WebhookSource> prepare_source(const Webhook& webhook, const SourceParts& parts);

}  // namespace postern
