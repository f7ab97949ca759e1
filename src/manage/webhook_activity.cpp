#include "manage/webhook_activity.h"

#include "base/time_text.h"

#include <boost/json/array.hpp>

namespace postern {
namespace {

namespace json = boost::json;

constexpr std::chrono::hours kDay{24};
constexpr std::chrono::hours kWeek{24 * 7};

json::object counts_json(const StatusCounts& counts) {
  json::object out;
  for (const DeliveryStatus status : kDeliveryStatuses) {
    out[json::string_view(to_word(status).data(), to_word(status).size())] = count_of(counts, status);
  }
  return out;
}

json::value held_json(const std::optional<HeldNow>& held) {
  if (!held) return nullptr;
  return {{"requests", held->requests}, {"bytes", held->bytes}, {"since", to_rfc3339(held->since)}};
}

}  // namespace

std::int64_t count_of(const StatusCounts& counts, DeliveryStatus status) {
  return counts.at(static_cast<std::size_t>(status));
}

Result<WebhookActivity> WebhookActivity::load(Store& store, WallTime now) {
  WebhookActivity out;
  const WallTime next_hour = std::chrono::floor<std::chrono::hours>(now) + std::chrono::hours{1};
  out.day_since_ = next_hour - kDay;
  out.week_since_ = next_hour - kWeek;
  for (const DeliveryCount& each : TRY(store.delivery_counts(out.week_since_, std::chrono::hours{1}))) {
    WebhookNumbers& numbers = out.numbers_[each.webhook];
    const auto status = static_cast<std::size_t>(each.status);
    numbers.week.at(status) += each.deliveries;
    if (each.from < out.day_since_) continue;
    numbers.day.at(status) += each.deliveries;
    const auto hour = static_cast<std::size_t>((each.from - out.day_since_) / std::chrono::hours{1});
    // What came after `now` was read stands in no hour of it.
    if (hour < numbers.hours.size()) numbers.hours[hour] += each.deliveries;
  }
  for (const auto& [webhook, last] : TRY(store.last_deliveries())) out.numbers_[webhook].last = last;
  for (const HeldCount& each : TRY(store.held_counts())) {
    out.numbers_[each.webhook].held = HeldNow{each.requests, each.bytes, time_of(each.oldest)};
  }
  return out;
}

WebhookNumbers WebhookActivity::of(WebhookId webhook) const {
  const auto it = numbers_.find(webhook);
  return it == numbers_.end() ? WebhookNumbers{} : it->second;
}

json::object WebhookActivity::json(WebhookId webhook) const {
  const WebhookNumbers numbers = of(webhook);
  json::object out{{"day", counts_json(numbers.day)},
                   {"day_since", to_rfc3339(day_since_)},
                   {"week", counts_json(numbers.week)},
                   {"week_since", to_rfc3339(week_since_)}};
  out["hours"] = json::array(numbers.hours.begin(), numbers.hours.end());
  out["last_delivery_at"] = numbers.last ? json::value(to_rfc3339(*numbers.last)) : json::value(nullptr);
  out["held"] = held_json(numbers.held);
  return out;
}

}  // namespace postern
