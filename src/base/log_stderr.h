// The sink that the program uses: one line per event to standard error, as logfmt for people or JSON for machines.
#pragma once

#include "base/clock.h"
#include "base/log.h"

namespace postern {

enum class LogFormat { logfmt, json };

class StderrLog final : public Log {
 public:
  // `clock` must outlive the log. Events below `least` are dropped.
  StderrLog(const Clock& clock, LogLevel least, LogFormat format) : clock_(clock), least_(least), format_(format) {}
  void write(LogLevel level, std::string_view event, LogFields fields) override;

 private:
  const Clock& clock_;
  const LogLevel least_;
  const LogFormat format_;
};

// The line, without its end. Control bytes, quotes and invalid UTF-8 in values come out escaped.
std::string format_event(WallTime at, LogFormat format, LogLevel level, std::string_view event, LogFields fields);

}  // namespace postern
