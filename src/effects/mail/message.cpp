#include "effects/mail/message.h"

#include "base/utf8.h"
#include "crypto/encoding.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace postern {
namespace {

constexpr std::size_t kLineLength = 76;        // Of a line with an encoded word, and of quoted-printable.
constexpr std::size_t kHeaderLineLength = 78;  // Source: RFC 5322 §2.1.1.
constexpr std::size_t kBodyLineLength = 998;

// Encoded words are "=?UTF-8?B?" + base64 + "?=".
constexpr std::string_view kWordStart = "=?UTF-8?B?";
constexpr std::string_view kWordEnd = "?=";

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// Can it stand in a header as it is, after a name of `before` characters?
bool needs_no_encoding(std::string_view text, std::size_t before) {
  return is_printable_ascii(text) && text.find("=?") == std::string_view::npos &&
         before + text.size() <= kHeaderLineLength;
}

// Appends `text` as encoded words; `column` characters of the line are taken.
void append_words(std::string& out, std::string_view text, std::size_t column) {
  while (true) {
    const std::size_t room = kLineLength - column - kWordStart.size() - kWordEnd.size();
    const std::string_view piece = utf8::cut(text, room / 4 * 3);
    out += kWordStart;
    out += base64_encode(piece);
    out += kWordEnd;
    text.remove_prefix(piece.size());
    if (text.empty()) return;
    out += "\r\n ";
    column = 1;
  }
}

void append_unstructured(std::string& out, std::string_view name, std::string_view value) {
  const std::string text = one_line(value);
  out += name;
  out += ": ";
  if (needs_no_encoding(text, name.size() + 2)) {
    out += text;
  } else {
    append_words(out, text, name.size() + 2);
  }
  out += "\r\n";
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

void append_address(std::string& out, std::string_view name, const MailAddress& address) {
  const std::string phrase = one_line(address.name());
  out += name;
  out += ": ";
  if (phrase.empty()) {
    out += address.wire() + "\r\n";
    return;
  }
  if (const std::string in_quotes = quoted(phrase); needs_no_encoding(in_quotes, name.size() + 2)) {
    out += in_quotes;
  } else {
    append_words(out, phrase, name.size() + 2);
  }
  out += "\r\n <" + address.wire() + ">\r\n";
}

// Every line end becomes CRLF, also at the end of the text; other control characters but the tab are dropped.
std::string body_lines(std::string_view text) {
  std::string out;
  const std::string clean = utf8::sanitized(text);
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const char c = clean[i];
    if (c == '\r' && i + 1 < clean.size() && clean[i + 1] == '\n') continue;
    if (c == '\n' || c == '\r') {
      out += "\r\n";
    } else if (static_cast<unsigned char>(c) >= ' ' ? c != '\x7f' : c == '\t') {
      out += c;
    }
  }
  if (!out.ends_with("\r\n")) out += "\r\n";
  return out;
}

// ASCII with lines that every server takes, none of which could be taken for a boundary.
bool may_be_7bit(std::string_view lines) {
  while (!lines.empty()) {
    const std::size_t end = lines.find("\r\n");
    const std::string_view line = lines.substr(0, end);
    const bool ascii = std::all_of(line.begin(), line.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
    if (!ascii || line.size() > kBodyLineLength || line.starts_with("--")) return false;
    lines.remove_prefix(end + 2);
  }
  return true;
}

// Source: RFC 2045 §6.7.
std::string quoted_printable(std::string_view lines) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const char c = lines[i];
    if (c == '\r') {
      out += "\r\n";
      column = 0;
      ++i;
      continue;
    }
    const bool last = lines[i + 1] == '\r';  // The text ends with a line end.
    const bool plain = (c > ' ' && c <= '~' && c != '=') || ((c == ' ' || c == '\t') && !last);
    const std::size_t length = plain ? 1 : 3;
    if (column + length > kLineLength - 1) {
      out += "=\r\n";
      column = 0;
    }
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'=', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
    column += length;
  }
  return out;
}

void append_body(std::string& out, std::string_view type, std::string_view text) {
  const std::string lines = body_lines(text);
  const bool as_it_is = may_be_7bit(lines);
  out += "Content-Type: ";
  out += type;
  out += "; charset=UTF-8\r\nContent-Transfer-Encoding: ";
  out += as_it_is ? "7bit\r\n\r\n" : "quoted-printable\r\n\r\n";
  out += as_it_is ? lines : quoted_printable(lines);
}

bool is_control(char32_t c) {
  return c < ' ' || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029;
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const utf8::Step step = utf8::step(text);
    utf8::append(out, is_control(step.code_point) ? U' ' : step.code_point);
    text.remove_prefix(step.length);
  }
  const std::size_t first = out.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return out.substr(first, out.find_last_not_of(' ') - first + 1);
}

std::string mail_date(WallTime time) {
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  std::array<char, 64> out{};
  static_cast<void>(std::snprintf(out.data(), out.size(), "%s, %02u %s %04d %02d:%02d:%02d +0000",
                                  kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                                  kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                                  static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                                  static_cast<int>(clock.seconds().count())));
  return out.data();
}

std::string to_mime(const Mail& mail) {
  // Quoted-printable has no "=_", and a line of plain text that begins with "--" is not sent as it is.
  constexpr std::string_view kBoundary = "=_postern_alternative";
  std::string out;
  append_address(out, "From", mail.from);
  append_address(out, "To", mail.to);
  append_unstructured(out, "Subject", mail.subject);
  out += "Date: " + mail_date(mail.date) + "\r\nMessage-ID: <" + mail.message_id +
         ">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
  if (mail.html.empty()) {
    append_body(out, "text/plain", mail.text);
    return out;
  }
  const std::string boundary(kBoundary);
  out += "Content-Type: multipart/alternative;\r\n boundary=\"" + boundary + "\"\r\n";
  out += "\r\n--" + boundary + "\r\n";
  append_body(out, "text/plain", mail.text);
  out += "\r\n--" + boundary + "\r\n";
  append_body(out, "text/html", mail.html);
  out += "\r\n--" + boundary + "--\r\n";
  return out;
}

}  // namespace postern
