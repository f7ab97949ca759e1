// What a webhook's source reads in a request, and what the webhook would do about it: for people who set one up.
// Nothing is verified and nothing is changed.
#pragma once

#include "model/webhook.h"
#include "presets/preset_library.h"
#include "source/document.h"
#include "source/form.h"
#include "source/source_event.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern {

// A request that owns what it is made of.
struct SampleRequest {
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> headers;  // Beside the content type.
  std::string query;                                         // Not decoded, without '?'.
  std::string body;

  // Of a delivery: body and head as they were kept, see Delivery::request_head.
  void read_head(std::string_view head);
};

struct ReadEvent {
  // webhook: its own meaning of this type. rule, otherwise: of the preset. form: plain fields always grant.
  enum class DecidedBy { form, probe, webhook, rule, otherwise };
  SourceEvent event;
  SourceAction action = SourceAction::ignore;  // As the webhook takes it, conditions aside.
  DecidedBy decided_by = DecidedBy::otherwise;
  std::vector<bool> conditions;  // Which of the webhook's conditions hold, in their order.
  Effects effects;               // What would be done; nothing if a condition does not hold.

  bool is_met() const;  // All conditions hold.
};
std::string_view to_word(ReadEvent::DecidedBy decided_by);

struct WebhookReading {
  std::vector<ReadEvent> events;
  std::optional<Rejection> rejection;
};

// Conditions that cannot be read do not hold. Errors: invalid (the preset is gone or cannot be used).
Result<WebhookReading> read_as(const PresetLibrary& presets, const Webhook& webhook, const SampleRequest& sample,
                               const FormLimits& limits);

}  // namespace postern
