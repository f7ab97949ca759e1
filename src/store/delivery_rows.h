// A delivery as a row of the table `deliveries`: what the adapters that speak SQL have in common. Their rows have
// integer(column), text(column) and is_null(column), columns counted from 0.
#pragma once

#include "model/delivery.h"
#include "store/delivery_log.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// The columns that read_delivery() and DeliveryFilter expect, in order: `SELECT <these> FROM deliveries …`.
extern const std::string kDeliveryColumns;

// Outcomes as text: `s3:0:premium,c7:5:course`: kind (space or course), number, EffectResult, slug. No slug has a
// comma or a colon in it.
std::string encode_outcomes(const std::vector<SpaceOutcome>& outcomes);
// Skips what it cannot read.
std::vector<SpaceOutcome> decode_outcomes(std::string_view text);

template <class Row>
Delivery read_delivery(const Row& row) {
  Delivery d;
  d.id.value = row.integer(0);
  d.received_at = WallTime{std::chrono::milliseconds{row.integer(1)}};
  d.webhook.value = row.integer(2);
  d.key.value = row.integer(3);
  d.dialect = static_cast<Dialect>(row.integer(4));
  d.remote_ip = row.text(5);
  d.content_type = row.text(6);
  d.payload = row.text(7);
  d.payload_complete = row.integer(8) != 0;
  d.body_bytes = row.integer(9);
  d.event = row.text(10);
  d.email = row.text(11);
  d.status = static_cast<DeliveryStatus>(row.integer(12));
  d.http_status = static_cast<int>(row.integer(13));
  d.code = row.text(14);
  d.message = row.text(15);
  if (!row.is_null(16)) d.user = UserId{row.integer(16)};
  d.user_created = row.integer(17) != 0;
  d.welcome_email = static_cast<WelcomeEmail>(row.integer(18));
  d.outcomes = decode_outcomes(row.text(19));
  d.duration = std::chrono::microseconds{row.integer(20)};
  if (!row.is_null(21)) d.replay_of = DeliveryId{row.integer(21)};
  if (!row.is_null(22)) d.duplicate_of = DeliveryId{row.integer(22)};
  d.scripts = row.text(23);
  d.request_head = row.text(24);
  if (!row.is_null(25)) d.held_until = WallTime{std::chrono::milliseconds{row.integer(25)}};
  return d;
}

// As deliveries are counted by.
std::int64_t hours_since_1970(WallTime time);
// The first hour of the first bucket that does not begin before `since`.
std::int64_t first_bucket(WallTime since, std::chrono::hours bucket);

// A row of hour, webhook, status, deliveries, new users.
template <class Row>
DeliveryCount read_delivery_count(const Row& row) {
  return {WallTime{std::chrono::hours{row.integer(0)}},
          {row.integer(1)},
          static_cast<DeliveryStatus>(row.integer(2)),
          row.integer(3),
          row.integer(4)};
}

// Which rows a query means. The query must outlive it.
class DeliveryFilter {
 public:
  explicit DeliveryFilter(const DeliveryQuery& query);

  bool ascending() const { return query_.after.has_value(); }
  // Every row that is meant has a number between these, both exclusive.
  std::int64_t low() const { return low_; }
  std::int64_t high() const { return high_; }

  template <class Row>
  bool matches(const Row& row) const {
    const WallTime received{std::chrono::milliseconds{row.integer(1)}};
    if (query_.webhook && row.integer(2) != query_.webhook->value) return false;
    if (query_.status && row.integer(12) != static_cast<std::int64_t>(*query_.status)) return false;
    if (query_.since && received < *query_.since) return false;
    if (query_.until && received >= *query_.until) return false;
    if (!query_.email_key.empty() && !is_email(row.text(11))) return false;
    if (text_.empty()) return true;
    if (holds_text(row.text(11)) || holds_text(row.text(15))) return true;
    if (holds_text(row.text(14)) || holds_text(row.text(10))) return true;
    return query_.text_in_payload && holds_text(row.text(7));
  }

 private:
  bool is_email(std::string_view email) const;
  bool holds_text(std::string_view text) const;

  const DeliveryQuery& query_;
  const std::string text_;  // In lower case.
  std::int64_t low_ = 0;
  std::int64_t high_ = INT64_MAX;
};

// A page that is being filled, row by row. The query must outlive it.
class DeliveryPageFill {
 public:
  explicit DeliveryPageFill(const DeliveryQuery& query) : query_(query) {}

  // Enough was found or looked at: whoever sees another row stops.
  bool full() const { return page_.deliveries.size() >= query_.limit || examined_ >= query_.max_examined; }
  std::size_t left_to_examine() const { return query_.max_examined - std::min(query_.max_examined, examined_); }
  std::size_t wanted() const { return query_.limit - std::min(query_.limit, page_.deliveries.size()); }
  void examine(std::size_t rows = 1) { examined_ += rows; }
  void add(Delivery delivery) { page_.deliveries.push_back(std::move(delivery)); }
  // There are more: everything down (or up) to `number` has been looked at.
  void stop_at(std::int64_t number);
  DeliveryPage take() { return std::move(page_); }

 private:
  const DeliveryQuery& query_;
  std::size_t examined_ = 0;
  DeliveryPage page_;
};

}  // namespace postern
