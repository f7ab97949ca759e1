#include "http/head_parser.h"

#include "http/characters.h"

#include <algorithm>
#include <cstring>

namespace postern::http {
namespace {

constexpr std::string_view kMalformed = "malformed_request";
constexpr int kMaxEmptyLines = 1;  // Source: RFC 9112 §2.2: at least one should be ignored.

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool is_host(std::string_view text) {
  if (text.empty()) return true;
  std::size_t end = 0;
  if (text.front() == '[') {
    end = text.find(']');
    if (end == std::string_view::npos) return false;
    const std::string_view address = text.substr(1, end - 1);
    if (address.find_first_not_of("0123456789abcdefABCDEF:.v") != std::string_view::npos || address.empty())
      return false;
    ++end;
  } else {
    // reg-name: unreserved, sub-delims, percent-encoded.
    while (end < text.size() && text[end] != ':') {
      const char c = text[end];
      const bool good = (is_token_char(c) && c != '#' && c != '^' && c != '`' && c != '|') ||
                        std::string_view("(),;=").find(c) != std::string_view::npos;
      if (!good) return false;
      ++end;
    }
  }
  const std::string_view port = text.substr(end);
  return port.empty() || (port.front() == ':' && port.size() <= 6 && (port.size() == 1 || all_digits(port.substr(1))));
}

void HeadParser::reset() {
  std::vector<Field> fields = std::move(fields_);
  fields.clear();
  *this = HeadParser(limits_);
  fields_ = std::move(fields);
}

bool HeadParser::fail(int status, std::string_view code, std::string_view message) {
  error_ = {status, code, message};
  return false;
}

HeadParser::State HeadParser::feed(std::string_view data) {
  while (!complete_) {
    if (!has_request_line_ && line_begin_ < data.size() && !is_token_char(data[line_begin_]) &&
        data[line_begin_] != '\r') {
      fail(400, kMalformed, "This is not an HTTP/1.1 request.");
      return State::failed;
    }
    const void* found =
        scanned_ < data.size() ? std::memchr(data.data() + scanned_, '\n', data.size() - scanned_) : nullptr;
    if (found == nullptr) {
      scanned_ = data.size();
      if (data.size() <= limits_.max_head_bytes) return State::needs_more;
      if (!has_request_line_) {
        fail(414, "uri_too_long", "The request line is too long.");
      } else {
        fail(431, "head_too_large", "The header fields are too large. Send fewer or shorter ones.");
      }
      return State::failed;
    }
    const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - data.data());
    scanned_ = end + 1;
    if (scanned_ > limits_.max_head_bytes) {
      fail(has_request_line_ ? 431 : 414, has_request_line_ ? "head_too_large" : "uri_too_long",
           "The head of the request is too large. Send fewer or shorter header fields.");
      return State::failed;
    }
    if (end == line_begin_ || data[end - 1] != '\r') {
      fail(400, kMalformed, "A line of the request ends without CR LF.");
      return State::failed;
    }
    const std::size_t begin = line_begin_;
    line_begin_ = scanned_;
    if (!line(data, begin, end - 1)) return State::failed;
  }
  return State::complete;
}

// One line without its end.
bool HeadParser::line(std::string_view data, std::size_t begin, std::size_t end) {
  if (begin == end) {
    if (has_request_line_) return finish();
    if (++empty_lines_ > kMaxEmptyLines) return fail(400, kMalformed, "The request begins with empty lines.");
    return true;
  }
  return has_request_line_ ? field_line(data, begin, end) : request_line(data, begin, end);
}

bool HeadParser::request_line(std::string_view data, std::size_t begin, std::size_t end) {
  const std::string_view text = data.substr(begin, end - begin);
  const std::size_t first = text.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : text.find(' ', first + 1);
  if (second == std::string_view::npos) {
    return fail(400, kMalformed, "The request line is not 'METHOD target HTTP/1.1'.");
  }
  const std::string_view method = text.substr(0, first);
  const std::string_view where = text.substr(first + 1, second - first - 1);
  const std::string_view version = text.substr(second + 1);
  if (!is_token(method)) return fail(400, kMalformed, "The request's method is malformed.");
  if (where.empty() || !std::all_of(where.begin(), where.end(), is_visible)) {
    return fail(400, kMalformed, "The request's target has a character that URLs do not have. Percent-encode it.");
  }
  const bool is_version = version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.' &&
                          all_digits(version.substr(5, 1)) && all_digits(version.substr(7));
  if (!is_version) return fail(400, kMalformed, "The request line does not end with 'HTTP/1.1'.");
  if (version[5] != '1') return fail(505, "version_not_supported", "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
  minor_ = version[7] == '0' ? 0 : 1;
  keep_alive_ = minor_ == 1;
  has_request_line_ = true;
  method_ = span(begin, method.size());
  target_ = span(begin + first + 1, where.size());
  return target(method, where, begin + first + 1);
}

bool HeadParser::target(std::string_view method, std::string_view where, std::size_t begin) {
  if (method == "CONNECT" || method == "TRACE") {
    return fail(405, "method_not_allowed", "This method is not offered here.");
  }
  if (where.find('#') != std::string_view::npos) return fail(400, kMalformed, "The request's target has a fragment.");
  if (where == "*") {
    path_ = span(begin, 1);
    return method == "OPTIONS" || fail(400, kMalformed, "The target '*' goes with OPTIONS only.");
  }
  if (where.front() != '/') return absolute_target(where, begin);
  const std::size_t mark = std::min(where.find('?'), where.size());
  path_ = span(begin, mark);
  query_ = mark == where.size() ? span(begin + mark, 0) : span(begin + mark + 1, where.size() - mark - 1);
  return true;
}

bool HeadParser::absolute_target(std::string_view where, std::size_t begin) {
  std::size_t authority = 0;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (where.size() > scheme.size() && iequals(where.substr(0, scheme.size()), scheme)) authority = scheme.size();
  }
  if (authority == 0) return fail(400, kMalformed, "The request's target is neither a path nor an http URL.");
  const std::size_t end = std::min(where.find_first_of("/?", authority), where.size());
  const std::string_view host = where.substr(authority, end - authority);
  if (host.empty() || !is_host(host)) return fail(400, kMalformed, "The host in the request's target is malformed.");
  const std::size_t mark = std::min(where.find('?', end), where.size());
  // Without a path the '/' before the host stands for it.
  path_ = mark == end ? span(begin + authority - 1, 1) : span(begin + end, mark - end);
  query_ = mark == where.size() ? span(begin + mark, 0) : span(begin + mark + 1, where.size() - mark - 1);
  return true;
}

bool HeadParser::field_line(std::string_view data, std::size_t begin, std::size_t end) {
  const std::string_view text = data.substr(begin, end - begin);
  if (text.front() == ' ' || text.front() == '\t') {
    return fail(400, kMalformed, "A header field is folded over two lines, which HTTP/1.1 does not have any more.");
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || !is_token(text.substr(0, colon))) {
    return fail(400, kMalformed, "A header field's name is malformed.");
  }
  const std::string_view value = trim_blanks(text.substr(colon + 1));
  if (!is_field_value(value)) return fail(400, kMalformed, "A header field's value has a control character.");
  if (fields_.size() == limits_.max_headers) {
    return fail(431, "head_too_large", "The request has too many header fields.");
  }
  const std::size_t value_begin = value.empty() ? end : static_cast<std::size_t>(value.data() - data.data());
  fields_.push_back({span(begin, colon), span(value_begin, value.size())});
  return known_field(text.substr(0, colon), value);
}

bool HeadParser::known_field(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 4:
      if (!iequals(name, "host")) return true;
      if (++hosts_ > 1) return fail(400, kMalformed, "The request has two Host fields.");
      return is_host(value) || fail(400, kMalformed, "The Host field is malformed.");
    case 6:
      if (!iequals(name, "expect")) return true;
      expect_ = iequals(value, "100-continue") ? Expect::hundred_continue : Expect::unknown;
      return true;
    case 10:
      if (iequals(name, "connection")) connection_field(value);
      return true;
    case 14:
      return !iequals(name, "content-length") || content_length_field(value);
    case 16:
      if (iequals(name, "content-encoding")) encoded_ = !value.empty() && !iequals(value, "identity");
      return true;
    case 17:
      return !iequals(name, "transfer-encoding") || transfer_encoding_field(value);
    default:
      return true;
  }
}

bool HeadParser::content_length_field(std::string_view value) {
  constexpr std::size_t kMaxDigits = 18;
  if (seen_content_length_) return fail(400, kMalformed, "The request has two Content-Length fields.");
  if (!all_digits(value)) return fail(400, kMalformed, "The Content-Length is not a number.");
  seen_content_length_ = true;
  framing_ = Framing::length;
  if (value.size() > kMaxDigits) {
    content_length_ = UINT64_MAX;
    return true;
  }
  for (const char c : value) content_length_ = content_length_ * 10 + static_cast<std::uint64_t>(c - '0');
  return true;
}

bool HeadParser::transfer_encoding_field(std::string_view value) {
  if (seen_transfer_encoding_) return fail(400, kMalformed, "The request has two Transfer-Encoding fields.");
  seen_transfer_encoding_ = true;
  if (iequals(value, "chunked")) return true;
  // Without chunked at the end nobody knows where the body ends. Source: RFC 9112 §6.3.
  const std::size_t comma = value.rfind(',');
  if (!iequals(trim_blanks(value.substr(comma == std::string_view::npos ? 0 : comma + 1)), "chunked")) {
    return fail(400, kMalformed, "The last Transfer-Encoding is not 'chunked', so the body has no end.");
  }
  return fail(501, "transfer_encoding_not_supported", "The only Transfer-Encoding understood is 'chunked'.");
}

void HeadParser::connection_field(std::string_view value) {
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::string_view option = trim_blanks(value.substr(0, comma));
    seen_close_ = seen_close_ || iequals(option, "close");
    seen_keep_alive_ = seen_keep_alive_ || iequals(option, "keep-alive");
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
}

bool HeadParser::finish() {
  if (minor_ == 1 && hosts_ == 0) return fail(400, kMalformed, "The request has no Host field.");
  if (seen_transfer_encoding_ && seen_content_length_) {
    return fail(400, kMalformed, "The request has both a Content-Length and a Transfer-Encoding.");
  }
  if (seen_transfer_encoding_ && minor_ == 0) {
    return fail(400, kMalformed, "HTTP/1.0 has no Transfer-Encoding.");
  }
  if (seen_transfer_encoding_) framing_ = Framing::chunked;
  if (framing_ == Framing::length && content_length_ == 0) framing_ = Framing::none;
  keep_alive_ = !seen_close_ && (keep_alive_ || seen_keep_alive_);
  complete_ = true;
  return true;
}

void HeadParser::describe(std::string_view data, Request& request, std::vector<Header>& headers) const {
  headers.clear();
  for (const Field& field : fields_) headers.push_back({field.name.in(data), field.value.in(data)});
  request.method = method_.in(data);
  request.target = target_.in(data);
  request.path = path_.in(data);
  request.query = query_.in(data);
  request.headers = headers;
}

}  // namespace postern::http
