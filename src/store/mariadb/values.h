// Values that are bound, and how many places for them a statement gets.
#pragma once

#include "store/mariadb/database.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace postern::mariadb {

struct Null {};
using Value = std::variant<Null, std::int64_t, std::string>;
using Field = std::variant<Null, std::int64_t, std::string_view>;  // What it views must live until the statement runs.

template <class Any>  // A Value or a Field.
void bind_value(Query& query, const Any& value) {
  struct Bind {
    Query& query;
    void operator()(Null) const { query.bind_null(); }
    void operator()(std::int64_t number) const { query.bind(number); }
    void operator()(std::string_view text) const { query.bind(text); }
  };
  std::visit(Bind{query}, value);
}

inline constexpr std::size_t kMostPlaces = 256;  // Keys, values of a list or rows in one statement.

// How many places `n` of them get, 1 to kMostPlaces: the next power of two, so that few statements are prepared.
std::size_t places_for(std::size_t n);
// `one` so many times, with `between` between them.
std::string repeated(std::string_view one, std::size_t times, std::string_view between);

}  // namespace postern::mariadb
