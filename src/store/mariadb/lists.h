// Many keys or rows with one statement. Its number of places is rounded up to a power of two, so that few statements
// are prepared however many values there are: the places that are left get something that changes nothing.
#pragma once

#include "store/mariadb/values.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace postern::mariadb {

// Prepares `begin` + "<one> OR <one> …" for up to kMostPlaces keys at a time; `one` is a condition such as
// "(a = ? AND b = ?)". `bind(Query&, key)` binds its values, which must outlive the call. `use(Query&)` runs the
// statement and returns a Result<void>; it must not use the connection for anything else meanwhile.
// Errors: those of `use`.
template <class Key, class Bind, class Use>
Result<void> with_matches(Connection& connection, std::string_view begin, std::string_view one,
                          std::span<const Key> keys, Bind bind, Use use) {
  while (!keys.empty()) {
    const auto part = keys.first(std::min(keys.size(), kMostPlaces));
    const std::size_t places = places_for(part.size());
    Query query = connection.query(std::string(begin) + repeated(one, places, " OR "));
    for (std::size_t i = 0; i < places; ++i) bind(query, part[std::min(i, part.size() - 1)]);
    TRY(use(query));
    keys = keys.subspan(part.size());
  }
  return {};
}

// Hands each row that is found to `found(const Query&)`. Errors: those of to_error().
template <class Key, class Bind, class Found>
Result<void> find_matches(Connection& connection, std::string_view begin, std::string_view one,
                          std::span<const Key> keys, Bind bind, Found found) {
  return with_matches(connection, begin, one, keys, bind, [&](Query& query) -> Result<void> {
    while (TRY(query.step())) found(query);
    return {};
  });
}

// For statements without rows. Returns how many rows were changed. Errors: those of to_error().
template <class Key, class Bind>
Result<std::uint64_t> change_matches(Connection& connection, std::string_view begin, std::string_view one,
                                     std::span<const Key> keys, Bind bind) {
  std::uint64_t changed = 0;
  const auto run = [&](Query& query) -> Result<void> {
    TRY(query.run());
    changed += connection.affected_rows();
    return {};
  };
  TRY(with_matches(connection, begin, one, keys, bind, run));
  return changed;
}

struct Upsert {
  std::string into;          // Table and columns: "`t` (a, b)".
  std::string on_duplicate;  // What becomes of a row whose key is there: "b = VALUES(b)"; "a = a" leaves it.
};

// Writes rows, one after the other in `fields`, with one statement for every kMostPlaces of them, or for fewer if they
// are long: what a server takes at once is limited. `filler` is a row that changes nothing once the first row is
// there; empty: the last row again.
// Returns the sum of what the rows changed: 1 for a new one, 2 for one that was changed, 0 for one that stayed.
// Errors: those of to_error().
Result<std::uint64_t> upsert_rows(Connection& connection, const Upsert& upsert, std::size_t columns,
                                  std::span<const Field> fields, std::span<const Field> filler = {});

}  // namespace postern::mariadb
