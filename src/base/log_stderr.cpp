#include "base/log_stderr.h"

#include "base/time_text.h"

#include <unistd.h>

#include <array>

namespace postern {
namespace {

std::string_view word(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
  }
  return "error";
}

constexpr std::array<char, 16> kHex{'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

// Escapes so that both logfmt readers and JSON readers take it; bytes above 0x7f are passed through.
void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    } else {
      out += c;
    }
  }
  out += '"';
}

bool is_bare(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '"' || c == '=' || c == '\\') return false;
  }
  return true;
}

void append_logfmt(std::string& out, std::string_view key, std::string_view value) {
  out += ' ';
  out += key;
  out += '=';
  if (is_bare(value)) {
    out += value;
  } else {
    append_quoted(out, value);
  }
}

void append_json(std::string& out, std::string_view key, std::string_view value) {
  if (out.size() > 1) out += ',';
  append_quoted(out, key);
  out += ':';
  append_quoted(out, value);
}

}  // namespace

std::string format_event(WallTime at, LogFormat format, LogLevel level, std::string_view event, LogFields fields) {
  std::string line;
  if (format == LogFormat::json) {
    line = "{";
    append_json(line, "time", to_rfc3339(at));
    append_json(line, "level", word(level));
    append_json(line, "event", event);
    for (const auto& [key, value] : fields) append_json(line, key, value.text);
    line += '}';
    return line;
  }
  line = to_rfc3339(at);
  append_logfmt(line, "level", word(level));
  append_logfmt(line, "event", event);
  for (const auto& [key, value] : fields) append_logfmt(line, key, value.text);
  return line;
}

void StderrLog::write(LogLevel level, std::string_view event, LogFields fields) {
  if (level < least_) return;
  std::string line = format_event(clock_.now(), format_, level, event, fields);
  line += '\n';
  // One write per line, so that lines of several threads do not mix. A log that cannot be written is no reason to stop.
  [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace postern
