#include "source/urlencoded.h"

#include "base/ascii.h"

#include <algorithm>

namespace postern {

std::string form_decode(std::string_view text) {
  // Most text stands for itself; from the first character that does not, it is decoded in its place.
  std::string out(text);
  const auto stands_for_itself = [](char c) { return c != '+' && c != '%'; };
  auto write = std::find_if_not(out.begin(), out.end(), stands_for_itself);
  for (auto read = write; read != out.end(); ++write) {
    const int high = *read == '%' && out.end() - read > 2 ? hex_digit(read[1]) : -1;
    const int low = high >= 0 ? hex_digit(read[2]) : -1;
    if (low >= 0) {
      *write = static_cast<char>(high * 16 + low);
      read += 3;
    } else {
      *write = *read == '+' ? ' ' : *read;
      ++read;
    }
  }
  out.erase(write, out.end());
  return out;
}

}  // namespace postern
