// application/x-www-form-urlencoded. Source: WHATWG URL §5.1, with PHP's reading of what it leaves open
// (docs/http.md).
#pragma once

#include <string>
#include <string_view>

namespace postern {

// '+' is a space, %XX a byte, a broken escape stays as it is.
std::string form_decode(std::string_view text);

// Calls visit(raw name, raw value) for each pair, both as they stand in `body`; stops when visit returns false.
template <class Visit>
void each_pair(std::string_view body, Visit visit) {
  while (!body.empty()) {
    const std::size_t end = body.find('&');
    const std::string_view pair = body.substr(0, end);
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? pair.substr(pair.size()) : pair.substr(equals + 1);
    if (!visit(pair.substr(0, equals), value)) return;
  }
}

}  // namespace postern
