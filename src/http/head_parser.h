// The head of an HTTP/1.x request, parsed line by line as it arrives. No I/O.
// Sources: RFC 9112 (HTTP/1.1), RFC 9110 (fields). Whatever those call invalid or ambiguous is refused, not guessed at.
#pragma once

#include "http/message.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace postern::http {

struct HeadLimits {
  std::size_t max_head_bytes = 16 * 1024;
  std::size_t max_headers = 100;
};

// Why a request cannot be understood. Answered once, then the connection is closed.
struct HeadError {
  int status = 400;
  std::string_view code;
  std::string_view message;
};

// How long the body is.
enum class Framing { none, length, chunked };

class HeadParser {
 public:
  explicit HeadParser(const HeadLimits& limits) : limits_(limits) {}

  enum class State { needs_more, complete, failed };
  // `data` is everything received since the request's first byte; it grows from call to call and may move in memory.
  State feed(std::string_view data);
  // Makes the parser ready for the next request.
  void reset();

  const HeadError& error() const { return error_; }
  // The rest is valid when complete.
  std::size_t length() const { return line_begin_; }  // Of the head, empty line included.
  // Fills in what the head says; the views point into `data`, which is the same text as it was fed.
  void describe(std::string_view data, Request& request, std::vector<Header>& headers) const;
  Framing framing() const { return framing_; }
  std::uint64_t content_length() const { return content_length_; }
  bool keep_alive() const { return keep_alive_; }
  bool is_http10() const { return minor_ == 0; }
  bool expects_continue() const { return expect_ == Expect::hundred_continue; }
  bool expects_unknown() const { return expect_ == Expect::unknown; }
  bool is_encoded() const { return encoded_; }  // Has a Content-Encoding other than identity.
  bool has_length_header() const { return seen_content_length_ || seen_transfer_encoding_; }

 private:
  struct Span {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
    std::string_view in(std::string_view data) const { return data.substr(begin, size); }
  };
  struct Field {
    Span name;
    Span value;
  };
  enum class Expect { none, hundred_continue, unknown };

  bool fail(int status, std::string_view code, std::string_view message);
  bool line(std::string_view data, std::size_t begin, std::size_t end);
  bool request_line(std::string_view data, std::size_t begin, std::size_t end);
  bool target(std::string_view method, std::string_view where, std::size_t begin);
  bool absolute_target(std::string_view where, std::size_t begin);
  bool field_line(std::string_view data, std::size_t begin, std::size_t end);
  bool known_field(std::string_view name, std::string_view value);
  bool content_length_field(std::string_view value);
  bool transfer_encoding_field(std::string_view value);
  void connection_field(std::string_view value);
  bool finish();
  static Span span(std::size_t begin, std::size_t size) {
    return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(size)};
  }

  HeadLimits limits_;
  HeadError error_{};
  std::size_t scanned_ = 0;     // Bytes looked at for an end of line.
  std::size_t line_begin_ = 0;  // Of the line being received.
  bool has_request_line_ = false;
  bool complete_ = false;
  int empty_lines_ = 0;  // Before the request line.
  int minor_ = 1;
  Span method_{};
  Span target_{};
  Span path_{};
  Span query_{};
  std::vector<Field> fields_;
  Framing framing_ = Framing::none;
  std::uint64_t content_length_ = 0;
  bool keep_alive_ = true;
  bool seen_close_ = false;
  bool seen_keep_alive_ = false;
  bool seen_content_length_ = false;
  bool seen_transfer_encoding_ = false;
  int hosts_ = 0;
  Expect expect_ = Expect::none;
  bool encoded_ = false;
};

}  // namespace postern::http
