// Events for the operator: one line each, to standard error. Never a secret: a Secret cannot be formatted, and
// URLs that hold a webhook key are not passed here.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace postern {

// error: somebody must act. warn: somebody should look. info: the state changed. debug: for the developer.
enum class LogLevel { debug, info, warn, error };

// A field's value. Text is escaped so that it cannot end the line or forge another field.
struct LogValue {
  LogValue(std::string_view value) : text(value) {}               // NOLINT(google-explicit-constructor)
  LogValue(const char* value) : text(value) {}                    // NOLINT(google-explicit-constructor)
  LogValue(const std::string& value) : text(value) {}             // NOLINT(google-explicit-constructor)
  LogValue(std::int64_t value) : text(std::to_string(value)) {}   // NOLINT(google-explicit-constructor)
  LogValue(std::uint64_t value) : text(std::to_string(value)) {}  // NOLINT(google-explicit-constructor)
  LogValue(int value) : text(std::to_string(value)) {}            // NOLINT(google-explicit-constructor)
  std::string text;
};
using LogFields = std::initializer_list<std::pair<std::string_view, LogValue>>;

// Any thread.
class Log {
 public:
  virtual ~Log() = default;
  virtual void write(LogLevel level, std::string_view event, LogFields fields) = 0;
  void error(std::string_view event, LogFields fields = {}) { write(LogLevel::error, event, fields); }
  void warn(std::string_view event, LogFields fields = {}) { write(LogLevel::warn, event, fields); }
  void info(std::string_view event, LogFields fields = {}) { write(LogLevel::info, event, fields); }
  void debug(std::string_view event, LogFields fields = {}) { write(LogLevel::debug, event, fields); }
};

}  // namespace postern
