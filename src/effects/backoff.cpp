#include "effects/backoff.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace postern {

std::chrono::milliseconds backoff(const BackoffPolicy& policy, int attempt, Random& random) {
  constexpr int kMostDoublings = 30;
  const int doublings = std::clamp(attempt - 1, 0, kMostDoublings);
  const std::chrono::milliseconds longest(policy.longest);
  const std::chrono::milliseconds whole =
      std::min(longest, std::chrono::milliseconds(policy.first) * (std::int64_t{1} << doublings));
  std::array<std::byte, 8> bytes{};
  random.fill(bytes);
  std::uint64_t chance = 0;
  std::memcpy(&chance, bytes.data(), sizeof chance);
  const auto half = whole.count() / 2;
  return std::chrono::milliseconds{half + static_cast<std::int64_t>(chance % static_cast<std::uint64_t>(half + 1))};
}

}  // namespace postern
