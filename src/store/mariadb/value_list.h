// Statements over lists of values: "… IN (?, ?, …)". Lists are filled up to a power of two by repeating their last
// value, so that few statements are prepared.
#pragma once

#include "store/mariadb/values.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postern::mariadb {

// A list that is written into a statement and bound there.
class ValueList {
 public:
  // `values` must outlive the list: one at least, at most kMostPlaces.
  explicit ValueList(std::span<const Value> values) : values_(values), size_(places_for(values.size())) {}
  // "(?, ?, ?, ?)"
  std::string marks() const;
  void bind(Query& query) const;

 private:
  std::span<const Value> values_;
  std::size_t size_;
};

// Splits `values` into lists of at most kMostPlaces and calls `use(ValueList)` for each; the first error ends it.
template <class Use>
Result<void> for_each_list(std::span<const Value> values, Use use) {
  for (std::size_t at = 0; at < values.size(); at += kMostPlaces) {
    TRY(use(ValueList(values.subspan(at, std::min(kMostPlaces, values.size() - at)))));
  }
  return {};
}

// Runs `before` + the list + `after` for the lists of `values`, and `row(query)` for each row.
template <class Row>
Result<void> rows_with(Connection& connection, std::string_view before, std::span<const Value> values,
                       std::string_view after, Row row) {
  return for_each_list(values, [&](const ValueList& list) -> Result<void> {
    Query query = connection.query(std::string(before) + list.marks() + std::string(after));
    list.bind(query);
    while (TRY(query.step())) row(query);
    return {};
  });
}

// The same for a statement without rows.
Result<void> run_with(Connection& connection, std::string_view before, std::span<const Value> values,
                      std::string_view after);

// Gives `column` of the rows with these numbers in `key` new values, up to kMostPlaces with one statement.
// `set` goes into the same SET clause, with its own values: ", updated_at = ?"; may be empty.
struct NewValue {
  std::int64_t key = 0;
  Value value;
};
Result<void> update_values(Connection& connection, const std::string& table, const std::string& key,
                           const std::string& column, std::span<const NewValue> values, std::string_view set,
                           std::span<const Value> set_values);

}  // namespace postern::mariadb
