#include "http/response_writer.h"

#include <array>
#include <charconv>
#include <cstdio>

namespace postern::http {
namespace {

void append_number(std::string& out, std::size_t value) {
  std::array<char, 24> text{};
  out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
}

void append_value(std::string& out, std::string_view value) {
  for (const char c : value) out += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
}

bool has(const Response& response, std::string_view name) {
  for (const auto& header : response.headers) {
    if (iequals(header.first, name)) return true;
  }
  return false;
}

void write_status_and_date(std::string& out, int status, std::string_view date) {
  if (status == 200) {
    out += "HTTP/1.1 200 OK\r\n";
  } else {
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::size_t>(status));
    out += ' ';
    out += reason_phrase(status);
    out += "\r\n";
  }
  if (!date.empty()) {
    out += "Date: ";
    out += date;
    out += "\r\n";
  }
}

void write_headers(std::string& out, const Response& response, const ResponseContext& context) {
  for (const auto& [name, value] : response.headers) {
    out += name;
    out += ": ";
    append_value(out, value);
    out += "\r\n";
  }
  if (!has(response, "cache-control")) out += "Cache-Control: no-store\r\n";
  out += "X-Content-Type-Options: nosniff\r\n";
  if (!context.keep_alive) {
    out += "Connection: close\r\n";
  } else if (context.http10) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
}

}  // namespace

void write_response(std::string& out, const Response& response, const ResponseContext& context) {
  const bool may_have_body = response.status != 204 && response.status != 304 && response.status >= 200;
  write_status_and_date(out, response.status, context.date);
  if (may_have_body) {
    out += "Content-Type: ";
    out += response.content_type;
    out += "\r\nContent-Length: ";
    append_number(out, response.body.size());
    out += "\r\n";
  }
  write_headers(out, response, context);
  if (may_have_body && !context.head) out += response.body;
}

void write_head(std::string& out, const Response& response, const ResponseContext& context, bool chunked) {
  write_status_and_date(out, response.status, context.date);
  out += "Content-Type: ";
  out += response.content_type;
  out += chunked ? "\r\nTransfer-Encoding: chunked\r\n" : "\r\n";
  write_headers(out, response, context);
}

std::string http_date(std::time_t seconds) {
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 64> text{};
  const int n = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                              kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                              kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                              utc.tm_min, utc.tm_sec);
  return {text.data(), static_cast<std::size_t>(n)};
}

}  // namespace postern::http
