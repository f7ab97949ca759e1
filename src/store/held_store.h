// The part of the store port that looks after requests which are held while their webhook is paused. They are put there
// by Transaction::apply() (Change::held) and leave by it (Change::releases).
#pragma once

#include "base/result.h"
#include "model/ids.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace postern {

// What a webhook has waiting.
struct HeldCount {
  WebhookId webhook;
  std::int64_t requests = 0;
  std::int64_t bytes = 0;
  DeliveryId oldest;
  bool operator==(const HeldCount&) const = default;
};

struct HeldRow {
  DeliveryId delivery;
  std::string request;  // Sealed; see pipeline/held_request.h.
  bool operator==(const HeldRow&) const = default;
};

// Any thread. A request is held whether or not its delivery's row is still in the log; DeliveryLog::erase_person drops
// those of a person. Errors of all: unavailable, internal.
class HeldStore {
 public:
  virtual ~HeldStore() = default;
  // Of each webhook that has some, removed ones included; by webhook. Cheap.
  virtual Result<std::vector<HeldCount>> held_counts() = 0;
  // The oldest after `after`, in order: at most `limit` of them, and no more once `bytes` are reached.
  virtual Result<std::vector<HeldRow>> held_after(WebhookId webhook, DeliveryId after, std::size_t limit,
                                                  std::size_t bytes) = 0;
};

}  // namespace postern
