// Values as columns. `Row` and `Query` are sql::Query, or an adapter's own that is used in the same way; `Column` is
// the type by which that counts columns.
#pragma once

#include "model/person.h"
#include "model/webhook.h"
#include "store/sql/connection.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

namespace postern::sql {

// Milliseconds since 1970, UTC.
inline std::int64_t number_of(WallTime time) {
  return time.time_since_epoch().count();
}

template <class Row, class Column>
WallTime time_at(const Row& row, Column column) {
  return WallTime{std::chrono::milliseconds{row.integer(column)}};
}

template <class Row, class Column>
std::optional<WallTime> time_or_null(const Row& row, Column column) {
  return row.is_null(column) ? std::nullopt : std::optional(time_at(row, column));
}

template <class Query>
void bind_time(Query& query, const std::optional<WallTime>& time) {
  if (time) {
    query.bind(number_of(*time));
  } else {
    query.bind_null();
  }
}

template <class Row, class Column>
KeyHash hash_at(const Row& row, Column column) {
  KeyHash out{};
  const std::string_view bytes = row.text(column);
  std::memcpy(out.data(), bytes.data(), std::min(bytes.size(), out.size()));
  return out;
}

// From the columns key_id, hash, sealed, created_at, expires_at, the first of which is `first`.
template <class Row, class Column>
WebhookKey webhook_key_at(const Row& row, Column first) {
  return {.id = {row.integer(first)},
          .hash = hash_at(row, first + 1),
          .sealed = std::string(row.text(first + 2)),
          .created_at = time_at(row, first + 3),
          .expires_at = time_or_null(row, first + 4)};
}

// From the columns secret_id, sealed, created_at, expires_at, the first of which is `first`.
template <class Row, class Column>
SourceSecret source_secret_at(const Row& row, Column first) {
  return {row.integer(first), std::string(row.text(first + 1)), time_at(row, first + 2), time_or_null(row, first + 3)};
}

// From the columns user_id, created_at, last_seen_at, expires_at of `user_sessions`, the first of which is `first`.
template <class Row>
UserSession user_session_at(const Row& row, const KeyHash& hash, int first) {
  return {.hash = hash,
          .user = {row.integer(first)},
          .created_at = time_at(row, first + 1),
          .last_seen_at = time_at(row, first + 2),
          .expires_at = time_at(row, first + 3)};
}

// The first column of all rows.
inline Result<std::vector<std::int64_t>> numbers_of(Query& rows) {
  std::vector<std::int64_t> out;
  while (TRY(rows.step())) out.push_back(rows.integer(0));
  return out;
}

// Of rows beyond a bound: each new one is looked after at once, so that there is one at most.
constexpr std::int64_t kMostSurplus = 100;

// Calls `run`, which returns a Result<void>, with the first column of each row, when all rows have been read.
template <class Run>
Result<void> for_each_first(Query& rows, Run run) {
  std::vector<std::string> values;
  while (TRY(rows.step())) values.emplace_back(rows.text(0));
  for (const std::string& value : values) TRY(run(value));
  return {};
}

}  // namespace postern::sql
