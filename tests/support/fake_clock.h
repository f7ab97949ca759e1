#pragma once

#include "base/clock.h"

namespace postern {

// Stands still until told. Both times move together.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(WallTime start = WallTime{std::chrono::sys_days{std::chrono::year{2030} / 1 / 1}}) : now_(start) {}
  WallTime now() const override { return now_; }
  MonoTime mono() const override { return MonoTime{now_.time_since_epoch()}; }
  void advance(std::chrono::milliseconds by) { now_ += by; }

 private:
  WallTime now_;
};

}  // namespace postern
