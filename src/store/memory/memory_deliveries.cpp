// The delivery log.
#include "base/ascii.h"
#include "store/memory/memory_data.h"

#include <algorithm>
#include <tuple>

namespace postern {
namespace {

bool holds(const std::string& text, const std::string& lower_needle) {
  return ascii_lower(text).find(lower_needle) != std::string::npos;
}

bool matches(const Delivery& delivery, const DeliveryQuery& query) {
  if (query.webhook && delivery.webhook != *query.webhook) return false;
  if (query.status && delivery.status != *query.status) return false;
  if (!query.email_key.empty() && ascii_lower(delivery.email) != query.email_key) return false;
  if (query.since && delivery.received_at < *query.since) return false;
  if (query.until && delivery.received_at >= *query.until) return false;
  if (query.text.empty()) return true;
  const std::string needle = ascii_lower(query.text);
  for (const std::string* text : {&delivery.email, &delivery.message, &delivery.code, &delivery.event}) {
    if (holds(*text, needle)) return true;
  }
  return query.text_in_payload && holds(delivery.payload, needle);
}

}  // namespace

Result<DeliveryPage> MemoryStore::search(const DeliveryQuery& query) {
  const std::lock_guard lock(mutex_);
  std::vector<const Delivery*> rows;
  for (const auto& [id, delivery] : data_->deliveries) {
    if (query.before && id >= *query.before) continue;
    if (query.after && id <= *query.after) continue;
    rows.push_back(&delivery);
  }
  if (!query.after) std::reverse(rows.begin(), rows.end());
  DeliveryPage page;
  std::size_t examined = 0;
  for (const Delivery* row : rows) {
    if (page.deliveries.size() >= query.limit || examined >= query.max_examined) {
      page.next = rows[examined - (examined == 0 ? 0 : 1)]->id;
      if (page.deliveries.size() < query.limit) page.searched_back_to = time_of(*page.next);
      break;
    }
    ++examined;
    if (matches(*row, query)) page.deliveries.push_back(*row);
  }
  return page;
}

Result<std::optional<Delivery>> MemoryStore::find_delivery(DeliveryId id) {
  const std::lock_guard lock(mutex_);
  const auto it = data_->deliveries.find(id);
  return it == data_->deliveries.end() ? std::optional<Delivery>() : it->second;
}

Result<std::size_t> MemoryStore::trim(const Retention& retention, WallTime now, std::size_t batch) {
  const std::scoped_lock lock(writing_, mutex_);
  std::size_t gone = 0;
  const DeliveryId oldest = delivery_id_at(now - retention.keep_for);
  const auto surplus = [&] { return static_cast<std::int64_t>(data_->deliveries.size()) > retention.keep_rows; };
  while (gone < batch && !data_->deliveries.empty() && (data_->deliveries.begin()->first < oldest || surplus())) {
    data_->deliveries.erase(data_->deliveries.begin());
    ++gone;
  }
  const DeliveryId oldest_key = delivery_id_at(now - retention.keep_repeat_keys_for);
  gone += std::erase_if(data_->repeats, [&](const auto& each) { return each.second.first < oldest_key; });
  gone += std::erase_if(data_->orders, [&](const auto& each) { return each.second.second < oldest_key; });
  std::erase_if(data_->counts, [&](const auto& each) {
    return std::get<0>(each.first) < std::chrono::floor<std::chrono::hours>(now - kDeliveryCountsAreKept);
  });
  return gone;
}

// A map needs no index.
Result<bool> MemoryStore::index_portion() {
  return false;
}

Result<std::vector<DeliveryCount>> MemoryStore::delivery_counts(WallTime since, std::chrono::hours bucket) {
  const std::lock_guard lock(mutex_);
  std::map<Data::CountKey, Data::Counted> sums;
  for (const auto& [key, counted] : data_->counts) {
    const auto& [hour, webhook, status] = key;
    const WallTime from{hour.time_since_epoch() / bucket * std::chrono::milliseconds{bucket}};
    if (from < since) continue;
    Data::Counted& sum = sums[{std::chrono::floor<std::chrono::hours>(from), webhook, status}];
    sum.deliveries += counted.deliveries;
    sum.new_users += counted.new_users;
  }
  std::vector<DeliveryCount> out;
  for (const auto& [key, sum] : sums) {
    const auto& [from, webhook, status] = key;
    out.push_back({from, webhook, status, sum.deliveries, sum.new_users});
  }
  return out;
}

Result<std::map<WebhookId, WallTime>> MemoryStore::last_deliveries() {
  const std::lock_guard lock(mutex_);
  std::map<WebhookId, WallTime> out;
  for (const auto& each : data_->deliveries) {
    if (data_->webhooks.contains(each.second.webhook)) out[each.second.webhook] = each.second.received_at;
  }
  return out;
}

Result<EraseProgress> MemoryStore::erase_person(std::string_view email_key, std::optional<DeliveryId> before,
                                                std::size_t batch) {
  const DeliveryPage page = TRY(search(deliveries_of(email_key, before, batch)));
  const std::scoped_lock lock(writing_, mutex_);
  for (auto it = data_->held.begin(); it != data_->held.end();) {
    if (it->second.email_key != email_key) {
      ++it;
      continue;
    }
    const auto row = data_->deliveries.find(it->first);
    if (row != data_->deliveries.end()) {
      Delivery& held = row->second;
      const auto hour = std::chrono::floor<std::chrono::hours>(held.received_at);
      --data_->counts[{hour, held.webhook, DeliveryStatus::held}].deliveries;
      ++data_->counts[{hour, held.webhook, DeliveryStatus::rejected}].deliveries;
      held.status = DeliveryStatus::rejected;
      held.code = kPersonErased;
      held.message = kPersonErasedMessage;
    }
    it = data_->held.erase(it);
  }
  for (const Delivery& each : page.deliveries) {
    const auto it = data_->deliveries.find(each.id);
    if (it == data_->deliveries.end()) continue;
    it->second.email.clear();
    it->second.payload.clear();
    it->second.remote_ip.clear();
    it->second.scripts.clear();
    it->second.request_head.clear();
    it->second.payload_complete = false;
  }
  return EraseProgress{page.deliveries.size(), page.next};
}

}  // namespace postern
