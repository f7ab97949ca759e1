#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace postern {

// The only source of randomness. main() makes the SystemRandom; tests hand over a SeededRandom.
// Not safe to share between threads: each worker owns one.
class Random {
 public:
  virtual ~Random() = default;
  // Fills all of `out`. The system's implementation aborts if the kernel cannot give entropy.
  virtual void fill(std::span<std::byte> out) = 0;
};

class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) override;
};

// splitmix64. Deterministic, for tests and simulations. Never for a secret.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::byte> out) override;

 private:
  std::uint64_t state_;
};

}  // namespace postern
