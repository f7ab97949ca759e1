// A statement that ends with a list of numbers: "… WHERE id IN (?, ?, ?)".
#pragma once

#include "store/sql/connection.h"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

namespace postern::sql {

// It is prepared for few lengths only: a shorter list repeats its last number. Immutable; any thread. Lives as long as
// the connections that have used it.
class ListStatement {
 public:
  static constexpr std::size_t kMost = 256;  // Numbers at once.

  // `begin` has no parameter with a number, and ends where the list begins.
  explicit ListStatement(const std::string& begin);

  // Runs it for each portion of `list`; `bind_first` binds what stands before the list. Returns how many rows it
  // changed.
  template <class BindFirst>
  Result<std::int64_t> run(Connection& db, std::span<const std::int64_t> list, BindFirst bind_first) const {
    std::int64_t changes = 0;
    const auto run = [&](Query& q) -> Result<void> {
      TRY(q.run());
      changes += db.changes();
      return {};
    };
    TRY(in_portions(db, list, bind_first, run));
    return changes;
  }
  Result<std::int64_t> run(Connection& db, std::span<const std::int64_t> list) const {
    return run(db, list, [](Query&) {});
  }

  // The same for one with rows: calls `each` with every row.
  template <class BindFirst, class Each>
  Result<void> read(Connection& db, std::span<const std::int64_t> list, BindFirst bind_first, Each each) const {
    return in_portions(db, list, bind_first, [&](Query& q) -> Result<void> {
      while (TRY(q.step())) each(q);
      return {};
    });
  }

 private:
  Query query(Connection& db, std::size_t length) const;
  static void bind_list(Query& query, std::span<const std::int64_t> list);
  template <class BindFirst, class Use>
  Result<void> in_portions(Connection& db, std::span<const std::int64_t> list, BindFirst bind_first, Use use) const {
    while (!list.empty()) {
      const auto portion = list.first(std::min(list.size(), kMost));
      list = list.subspan(portion.size());
      Query q = query(db, portion.size());
      bind_first(q);
      bind_list(q, portion);
      TRY(use(q));
    }
    return {};
  }

  std::vector<std::string> texts_;  // For 1, 2, 4, … numbers.
};

}  // namespace postern::sql
