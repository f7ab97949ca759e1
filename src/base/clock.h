#pragma once

#include <chrono>

namespace postern {

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;  // UTC. What is stored and shown.
using MonoTime = std::chrono::steady_clock::time_point;             // Only for measuring and timeouts.

// The only way to learn the time. main() makes the SystemClock; everything else is handed a Clock&.
// Safe to call from several threads at once.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime now() const = 0;
  virtual MonoTime mono() const = 0;
};

class SystemClock final : public Clock {
 public:
  WallTime now() const override;
  MonoTime mono() const override;
};

}  // namespace postern
