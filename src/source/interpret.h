// What does a request say, as its preset reads it?
#pragma once

#include "source/document.h"
#include "source/form.h"
#include "source/preset.h"
#include "source/source_event.h"

#include <optional>
#include <vector>

namespace postern {

struct InterpretOptions {
  FormLimits limits;
  // What the events of this webhook mean, for senders that have no event type (Preset::url_action): takes the place of
  // `grant`. A preset's other verdicts stay.
  std::optional<SourceAction> url_action;
};

struct Interpretation {
  std::vector<SourceEvent> events;  // In the sender's order; one for most senders. Empty after a rejection.
  std::optional<Rejection> rejection;
  // For further conditions on the events, see holds(): event i is document.find(i, …). Only as long as the request.
  std::optional<Document> document;
};

// Pure, never throws. A text that is too long, a body that is not what the preset says and too many events are
// rejections; a value of another type than text, number or boolean counts as absent.
Interpretation interpret(const Preset& preset, const SignedRequest& request, const InterpretOptions& options);

// Does this look like the sender's test of the URL? If the preset says that such tests come unsigned, verify() is not
// asked: the request changes nothing whatever it holds.
bool is_setup_probe(const Preset& preset, const SignedRequest& request, const FormLimits& limits);

}  // namespace postern
