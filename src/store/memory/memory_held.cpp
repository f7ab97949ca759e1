// Requests that are held.
#include "store/memory/memory_data.h"

namespace postern {

std::map<WebhookId, HeldCount> MemoryStore::Data::held_counts() const {
  std::map<WebhookId, HeldCount> out;
  for (const auto& [id, each] : held) {  // Oldest first.
    HeldCount& count = out.try_emplace(each.webhook, HeldCount{.webhook = each.webhook, .oldest = id}).first->second;
    ++count.requests;
    count.bytes += static_cast<std::int64_t>(each.request.size());
  }
  return out;
}

Result<std::vector<HeldCount>> MemoryStore::held_counts() {
  const std::lock_guard lock(mutex_);
  std::vector<HeldCount> out;
  for (const auto& [webhook, count] : data_->held_counts()) out.push_back(count);
  return out;
}

Result<std::vector<HeldRow>> MemoryStore::held_after(WebhookId webhook, DeliveryId after, std::size_t limit,
                                                     std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  std::vector<HeldRow> out;
  std::size_t taken = 0;
  for (auto it = data_->held.upper_bound(after); it != data_->held.end(); ++it) {
    if (it->second.webhook != webhook) continue;
    if (out.size() == limit || taken >= bytes) break;
    taken += it->second.request.size();
    out.push_back({it->first, it->second.request});
  }
  return out;
}

}  // namespace postern
