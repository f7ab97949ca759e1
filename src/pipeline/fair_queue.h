// A queue in which the webhooks take turns.
#pragma once

#include "model/ids.h"

#include <deque>
#include <string>
#include <unordered_map>

namespace postern {

// In order of arrival within one webhook. One thread, or under a lock.
class FairQueue {
 public:
  bool empty() const { return turns_.empty(); }

  void push(WebhookId webhook, std::string item) {
    std::deque<std::string>& items = items_[webhook];
    if (items.empty()) turns_.push_back(webhook);
    items.push_back(std::move(item));
  }

  // Precondition: !empty().
  std::string pop() {
    const WebhookId webhook = turns_.front();
    turns_.pop_front();
    const auto it = items_.find(webhook);
    std::string out = std::move(it->second.front());
    it->second.pop_front();
    if (it->second.empty()) {
      items_.erase(it);
    } else {
      turns_.push_back(webhook);
    }
    return out;
  }

 private:
  std::unordered_map<WebhookId, std::deque<std::string>> items_;
  std::deque<WebhookId> turns_;  // Those that have items, each once.
};

}  // namespace postern
