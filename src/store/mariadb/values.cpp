#include "store/mariadb/values.h"

#include "base/check.h"

#include <bit>

namespace postern::mariadb {

std::size_t places_for(std::size_t n) {
  CHECK(n > 0 && n <= kMostPlaces);
  return std::bit_ceil(n);
}

std::string repeated(std::string_view one, std::size_t times, std::string_view between) {
  std::string out;
  out.reserve(times * (one.size() + between.size()));
  for (std::size_t i = 0; i < times; ++i) {
    if (i > 0) out += between;
    out += one;
  }
  return out;
}

}  // namespace postern::mariadb
