// SIGTERM, SIGINT and SIGHUP as values, read by the main thread.
#pragma once

#include <csignal>

namespace postern {

// Blocks the signals for this thread and all that it starts later, so that only wait() sees them. Also ignores SIGPIPE
// and SIGXFSZ: both come back as errors of the call at fault. Make it before any thread.
class Signals {
 public:
  Signals();
  // Waits for the next one.
  int wait() const;

 private:
  sigset_t set_{};
};

}  // namespace postern
