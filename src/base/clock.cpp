#include "base/clock.h"

namespace postern {

WallTime SystemClock::now() const {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());  // house-rules: allow
}

MonoTime SystemClock::mono() const {
  return std::chrono::steady_clock::now();  // house-rules: allow
}

}  // namespace postern
