#include "admin/query_fields.h"

#include "base/time_text.h"
#include "identity/email.h"
#include "source/urlencoded.h"

#include <algorithm>
#include <charconv>

namespace postern {
namespace {

constexpr std::size_t kMaxTextBytes = 255;

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value <= 0) return std::nullopt;
  return value;
}

}  // namespace

void QueryFields::wrong(std::string_view name, std::string_view message) {
  errors_.push_back({std::string(name), std::string(message)});
}

std::optional<std::string> QueryFields::text(std::string_view name) {
  known_.push_back(name);
  auto value = call_.query(name);
  if (!value || value->empty()) return std::nullopt;
  if (value->size() > kMaxTextBytes) return wrong(name, "is longer than 255 bytes"), std::nullopt;
  return value;
}

std::optional<std::int64_t> QueryFields::id(std::string_view name) {
  const auto given = text(name);
  if (!given) return std::nullopt;
  const auto value = number(*given);
  if (!value) wrong(name, "is no number");
  return value;
}

std::optional<bool> QueryFields::boolean(std::string_view name) {
  const auto given = text(name);
  if (!given) return std::nullopt;
  if (*given != "true" && *given != "false") return wrong(name, "is neither true nor false"), std::nullopt;
  return *given == "true";
}

std::optional<WallTime> QueryFields::time(std::string_view name) {
  const auto given = text(name);
  if (!given) return std::nullopt;
  const auto value = parse_time(*given);
  if (!value) wrong(name, "is no time such as 2026-03-01T09:30:00Z");
  return value;
}

std::size_t QueryFields::limit() {
  known_.emplace_back("limit");
  return call_.limit();
}

std::optional<std::int64_t> QueryFields::number_cursor() {
  const auto given = text("cursor");
  if (!given) return std::nullopt;
  const auto value = number(*given);
  if (!value) wrong("cursor", "was not given out by this list");
  return value;
}

std::optional<DeliveryId> QueryFields::delivery_cursor() {
  const auto given = text("cursor");
  if (!given) return std::nullopt;
  const auto value = parse_delivery_id(*given);
  if (!value) wrong("cursor", "was not given out by this list");
  return value;
}

std::optional<Problem> QueryFields::finish() {
  each_pair(call_.request().query, [&](std::string_view raw_name, std::string_view) {
    const std::string name = form_decode(raw_name);
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) wrong(name, "is not known here");
    return true;
  });
  if (errors_.empty()) return std::nullopt;
  return invalid_fields(std::move(errors_));
}

DeliveryQuery delivery_filter(QueryFields& fields, const Call& call) {
  DeliveryQuery query = read_delivery_filter(fields.id("webhook"), fields);
  query.text_in_payload = call.principal.may(Permission::payloads);
  return query;
}

}  // namespace postern
