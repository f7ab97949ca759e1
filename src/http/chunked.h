// The chunked transfer coding, decoded as it arrives. No I/O. Source: RFC 9112 §7.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace postern::http {

class ChunkedDecoder {
 public:
  // Chunks that add up to more than `max_body_bytes` are too large.
  explicit ChunkedDecoder(std::size_t max_body_bytes) : max_body_bytes_(max_body_bytes) {}

  enum class State { needs_more, complete, malformed, too_large };
  // Takes what it can from `data`, appends the content to `body` and says in `taken` how much it took. Everything is
  // taken unless the body is complete.
  State feed(std::string_view data, std::string& body, std::size_t& taken);

 private:
  enum class Phase {
    size,       // hex digits
    extension,  // after ';', up to CR
    size_lf,    // the LF of the size's line
    data,
    data_cr,
    data_lf,
    trailer,       // at the start of a trailer line, or of the last line
    trailer_line,  // within a trailer field
    trailer_lf,
    last_lf,
  };
  bool size_char(char c);
  bool extension_char(char c);
  bool trailer_char(char c);
  State step(char c);

  const std::size_t max_body_bytes_;
  Phase phase_ = Phase::size;
  std::uint64_t size_ = 0;  // Of the current chunk, or what is left of it.
  int digits_ = 0;
  std::size_t line_bytes_ = 0;  // Of extensions and trailers, all together.
  bool trailer_has_colon_ = false;
};

}  // namespace postern::http
