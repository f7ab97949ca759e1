#include "store/delivery_rows.h"

#include "base/ascii.h"

#include <charconv>

namespace postern {
namespace {

// A delivery is numbered when it is committed, which is later than it was received: by the time that a password waits
// to be hashed, at most.
constexpr std::chrono::minutes kMostDelay{1};
constexpr WallTime kLastTime{std::chrono::sys_days{std::chrono::year{2200} / 1 / 1}};

bool take_number(std::string_view& text, std::int64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

}  // namespace

const std::string kDeliveryColumns =
    "id, received_at, webhook_id, key_id, dialect, remote_ip, content_type, payload, payload_complete, body_bytes,"
    " event, email, status, http_status, code, message, user_id, user_created, welcome_email, outcomes,"
    " duration_us, replay_of, duplicate_of, scripts, request_head, held_until";

std::string encode_outcomes(const std::vector<SpaceOutcome>& outcomes) {
  std::string out;
  for (const SpaceOutcome& outcome : outcomes) {
    if (!out.empty()) out += ',';
    out += outcome.kind == SpaceKind::course ? 'c' : 's';
    out += std::to_string(outcome.space.value);
    out += ':';
    out += std::to_string(static_cast<std::int64_t>(outcome.result));
    out += ':';
    out += outcome.slug;
  }
  return out;
}

std::vector<SpaceOutcome> decode_outcomes(std::string_view text) {
  std::vector<SpaceOutcome> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    std::string_view item = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (item.empty()) continue;
    SpaceOutcome outcome;
    outcome.kind = item.front() == 'c' ? SpaceKind::course : SpaceKind::space;
    item.remove_prefix(1);
    std::int64_t result = 0;
    if (!take_number(item, outcome.space.value) || !item.starts_with(':')) continue;
    item.remove_prefix(1);
    if (!take_number(item, result) || !item.starts_with(':')) continue;
    outcome.result = static_cast<EffectResult>(result);
    outcome.slug = item.substr(1);
    out.push_back(std::move(outcome));
  }
  return out;
}

std::int64_t hours_since_1970(WallTime time) {
  return std::chrono::floor<std::chrono::hours>(time).time_since_epoch().count();
}

std::int64_t first_bucket(WallTime since, std::chrono::hours bucket) {
  const auto first = std::chrono::ceil<std::chrono::hours>(since).time_since_epoch() + bucket - std::chrono::hours{1};
  return first / bucket * bucket.count();
}

DeliveryFilter::DeliveryFilter(const DeliveryQuery& query) : query_(query), text_(ascii_lower(query.text)) {
  low_ = query.after.value_or(DeliveryId{}).value;
  if (query.since) low_ = std::max(low_, delivery_id_at(std::min(*query.since, kLastTime)).value - 1);
  if (query.before) high_ = query.before->value;
  if (query.until) high_ = std::min(high_, delivery_id_at(std::min(*query.until, kLastTime) + kMostDelay).value);
}

bool DeliveryFilter::is_email(std::string_view email) const {
  return ascii_lower(email) == query_.email_key;
}

bool DeliveryFilter::holds_text(std::string_view text) const {
  const auto same = [](char a, char b) { return ascii_lower(a) == b; };
  return std::search(text.begin(), text.end(), text_.begin(), text_.end(), same) != text.end();
}

void DeliveryPageFill::stop_at(std::int64_t number) {
  page_.next = DeliveryId{number};
  if (page_.deliveries.size() < query_.limit) page_.searched_back_to = time_of(*page_.next);
}

}  // namespace postern
