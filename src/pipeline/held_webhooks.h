// Which webhooks have requests that are held, as far as this process knows.
#pragma once

#include "base/guarded.h"
#include "model/ids.h"

#include <atomic>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace postern {

// The intake asks it whether a request may have to wait behind others; what has to wait is decided by provision(), in
// the transaction. The committer adds, HeldRelease replaces what it has counted. Any thread; asking is one load as long
// as nothing is held anywhere.
class HeldWebhooks {
 public:
  bool empty() const { return !any_.load(std::memory_order_acquire); }
  bool contains(WebhookId webhook) {
    return !empty() && state_.with([&](const State& state) { return state.webhooks.contains(webhook); });
  }
  std::set<WebhookId> all() {
    return state_.with([](const State& state) { return state.webhooks; });
  }

  void add(WebhookId webhook) {
    state_.with([&](State& state) {
      state.webhooks.insert(webhook);
      ++state.version;
      any_.store(true, std::memory_order_release);
    });
  }

  std::uint64_t version() {
    return state_.with([](const State& state) { return state.version; });
  }
  // What was counted after `version` was asked for; ignored if something has been added since.
  void replace(std::set<WebhookId> webhooks, std::uint64_t version) {
    state_.with([&](State& state) {
      if (state.version != version) return;
      state.webhooks = std::move(webhooks);
      any_.store(!state.webhooks.empty(), std::memory_order_release);
    });
  }

 private:
  struct State {
    std::set<WebhookId> webhooks;
    std::uint64_t version = 0;
  };
  Guarded<State> state_;
  std::atomic<bool> any_{false};
};

}  // namespace postern
