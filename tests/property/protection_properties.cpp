// What must hold for rate limits and for requests that are held, whatever comes and when.
#include "pipeline/held_request.h"
#include "pipeline/rate_limiter.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <chrono>

namespace postern {
namespace {

using std::chrono::microseconds;

struct Try {
  MonoTime at{};
  bool through = false;
};

// In any span of time at most burst + rate * span come through; counted in whole tokens and microseconds.
void assert_bound(const std::vector<Try>& tries, std::uint64_t burst, std::uint64_t per_minute) {
  constexpr std::uint64_t kMinute = 60'000'000;
  for (std::size_t from = 0; from < tries.size(); ++from) {
    std::uint64_t through = 0;
    for (std::size_t to = from; to < tries.size(); ++to) {
      through += tries[to].through ? 1 : 0;
      const auto span = std::chrono::duration_cast<microseconds>(tries[to].at - tries[from].at).count();
      RC_ASSERT(through * kMinute <= burst * kMinute + per_minute * static_cast<std::uint64_t>(span));
    }
  }
}

TEST(ProtectionProperty, NeverMoreThanTheBurstAndTheRate) {
  EXPECT_TRUE(rc::check([] {
    const auto per_minute = *rc::gen::inRange<std::uint32_t>(1, 100'000);
    const auto burst = *rc::gen::inRange<std::uint32_t>(1, 20);
    const bool of_address = *rc::gen::arbitrary<bool>();
    const auto steps = *rc::gen::container<std::vector<std::uint32_t>>(
        rc::gen::oneOf(rc::gen::just<std::uint32_t>(0), rc::gen::inRange<std::uint32_t>(0, 3000),
                       rc::gen::inRange<std::uint32_t>(0, 30'000'000)));
    Protection protection;
    (of_address ? protection.address_rate : protection.webhook_rate) = {per_minute, burst};
    RateLimiter limiter(*rc::gen::arbitrary<std::uint64_t>());
    const IpAddress address = IpAddress::parse("2001:db8::1").value();
    MonoTime now{std::chrono::hours{1}};
    std::vector<Try> tries;
    for (const std::uint32_t step : steps) {
      now += microseconds{step};
      const auto refusal = limiter.take({1}, protection, address, now);
      tries.push_back({now, !refusal});
      // Who waits as long as he is told gets through.
      if (refusal && step % 3 == 0) {
        now += refusal->wait;
        RC_ASSERT(!limiter.take({1}, protection, address, now));
        tries.push_back({now, true});
      }
    }
    assert_bound(tries, burst, per_minute);
  }));
}

TEST(ProtectionProperty, WhatIsHeldComesBackAsItWas) {
  EXPECT_TRUE(rc::check([] {
    HeldRequest request;
    request.dialect = *rc::gen::element(Dialect::rest, Dialect::plugin);
    request.received_at = WallTime{std::chrono::milliseconds{*rc::gen::arbitrary<std::int64_t>()}};
    request.key.value = *rc::gen::arbitrary<std::int64_t>();
    request.remote_ip = *rc::gen::arbitrary<std::string>();
    request.tls = *rc::gen::arbitrary<bool>();
    request.content_type = *rc::gen::arbitrary<std::string>();
    request.content_encoding = *rc::gen::arbitrary<std::string>();
    request.request_head = *rc::gen::arbitrary<std::string>();
    request.query = *rc::gen::arbitrary<std::string>();
    request.headers = *rc::gen::arbitrary<std::vector<std::pair<std::string, std::string>>>();
    request.body = *rc::gen::arbitrary<std::string>();
    const KeyVault vault(std::array<std::byte, 32>{std::byte{7}});
    SeededRandom random(1);
    std::string sealed = seal(request, vault, random);
    RC_ASSERT(unseal(sealed, vault).value() == request);
    RC_ASSERT(!unseal(sealed, KeyVault(std::array<std::byte, 32>{})));
    const auto place = *rc::gen::inRange<std::size_t>(0, sealed.size());
    sealed[place] = static_cast<char>(sealed[place] ^ 1);
    RC_ASSERT(!unseal(sealed, vault));
    RC_ASSERT(!unseal(sealed.substr(0, place), vault));
  }));
}

}  // namespace
}  // namespace postern
