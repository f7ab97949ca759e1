// multipart/form-data. Sources: RFC 7578, RFC 2046 §5.1; what is refused and what is tolerated: docs/http.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

struct Part {
  std::string name;
  std::string_view data;  // Within the body.
  bool is_file = false;   // Has a filename: never a text field.
};

struct MultipartLimits {
  std::size_t max_parts = 1000;
  std::size_t max_head_bytes = 16 * 1024;
};

struct Multipart {
  std::vector<Part> parts;  // Those that have a name.
  enum class Error { none, bad_boundary, malformed, not_closed, too_many_parts, head_too_large };
  Error error = Error::none;
};

// Views point into `body`.
Multipart parse_multipart(std::string_view body, std::string_view boundary, const MultipartLimits& limits);

}  // namespace postern
