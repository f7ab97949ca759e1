#include "base/guarded.h"
#include "base/random.h"
#include "base/result.h"
#include "support/fake_clock.h"

#include <array>
#include <thread>

namespace postern {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return Error{Errc::invalid, "odd", ""};
  return n / 2;
}
Result<int> quarter(int n) {
  return half(TRY(half(n)));
}

TEST(Result, TryPassesTheErrorOn) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).error().message, "odd");
}

TEST(ResultDeathTest, TheValueOfAnErrorIsABug) {
  EXPECT_DEATH(static_cast<void>(half(1).value()), "check failed");
}

TEST(FakeClock, MovesOnlyWhenTold) {
  FakeClock clock;
  const WallTime before = clock.now();
  clock.advance(std::chrono::hours{25});
  EXPECT_EQ(clock.now() - before, std::chrono::hours{25});
}

TEST(SeededRandom, SameSeedSameBytes) {
  std::array<std::byte, 16> a{};
  std::array<std::byte, 16> b{};
  SeededRandom{42}.fill(a);
  SeededRandom{42}.fill(b);
  EXPECT_EQ(a, b);
}

TEST(SystemRandom, DoesNotRepeat) {
  std::array<std::byte, 32> a{};
  std::array<std::byte, 32> b{};
  SystemRandom{}.fill(a);
  SystemRandom{}.fill(b);
  EXPECT_NE(a, b);
}

TEST(Guarded, CountsRightFromTwoThreads) {
  Guarded<int> count(0);
  const auto work = [&] {
    for (int i = 0; i < 10'000; ++i) count.with([](int& n) { ++n; });
  };
  std::thread other(work);
  work();
  other.join();
  EXPECT_EQ(count.with([](int n) { return n; }), 20'000);
}

}  // namespace
}  // namespace postern
