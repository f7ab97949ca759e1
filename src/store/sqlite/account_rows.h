// What the tables of accounts have in common.
#pragma once

#include "model/account.h"
#include "store/sqlite/database.h"

#include <algorithm>
#include <cstring>

namespace postern::sqlite {

inline std::int64_t number_of(WallTime time) {
  return time.time_since_epoch().count();
}

inline WallTime time_at(const Query& row, int column) {
  return WallTime{std::chrono::milliseconds{row.integer(column)}};
}

inline std::optional<WallTime> time_or_null(const Query& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(time_at(row, column));
}

inline void bind_time(Query& query, const std::optional<WallTime>& time) {
  if (time) {
    query.bind(number_of(*time));
  } else {
    query.bind_null();
  }
}

inline KeyHash hash_at(const Query& row, int column) {
  KeyHash out{};
  const std::string_view bytes = row.text(column);
  std::memcpy(out.data(), bytes.data(), std::min(bytes.size(), out.size()));
  return out;
}

}  // namespace postern::sqlite
