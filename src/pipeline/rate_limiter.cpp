#include "pipeline/rate_limiter.h"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

namespace postern {
namespace {

using std::chrono::microseconds;

// In a minute a bucket gains `per_minute` tokens, so in a microsecond `per_minute` of these, of which a token has so
// many. With the largest burst and rate (2^32) everything stays below 2^59.
constexpr std::uint64_t kToken = 60'000'000;

std::int64_t microseconds_of(MonoTime time) {
  return std::chrono::floor<microseconds>(time).time_since_epoch().count();
}

std::uint64_t divide_up(std::uint64_t value, std::uint64_t by) {
  return (value + by - 1) / by;
}

// splitmix64's last step. Source: https://prng.di.unimi.it/splitmix64.c
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

// Whoever has one IPv6 address has at least the other 2^64 of its network too. Source: RFC 6177 §2.
std::array<std::uint8_t, 16> network_of(const IpAddress& address) {
  std::array<std::uint8_t, 16> out = address.bytes();
  if (!address.is_v4()) std::fill(out.begin() + 8, out.end(), std::uint8_t{0});
  return out;
}

}  // namespace

TokenBucket::TokenBucket(const RateLimit& limit, MonoTime now) : limit_(limit), filled_at_(microseconds_of(now)) {
  level_ = capacity();
}

std::uint64_t TokenBucket::capacity() const {
  return (limit_.burst == 0 ? limit_.per_minute : limit_.burst) * kToken;
}

void TokenBucket::fill(MonoTime now) {
  const std::int64_t time = std::max(microseconds_of(now), filled_at_);
  const auto passed = static_cast<std::uint64_t>(time - filled_at_);
  filled_at_ = time;
  // Of a time so long that the product might not fit, it is known without it that the bucket is full.
  const std::uint64_t room = capacity() - level_;
  level_ += passed >= divide_up(room, limit_.per_minute) ? room : passed * limit_.per_minute;
}

void TokenBucket::change(const RateLimit& limit) {
  limit_ = limit;
  level_ = std::min(level_, capacity());
}

bool TokenBucket::has_token() const {
  return level_ >= kToken;
}

void TokenBucket::take() {
  level_ -= kToken;
}

microseconds TokenBucket::until_token() const {
  if (has_token()) return microseconds{0};
  return microseconds{divide_up(kToken - level_, limit_.per_minute)};
}

std::uint64_t TokenBucket::missing() const {
  return divide_up(capacity() - level_, kToken);
}

std::optional<RateLimiter::Refusal> RateLimiter::take(WebhookId webhook, const Protection& protection,
                                                      const IpAddress& address, MonoTime now) {
  const RateLimit& of_webhook = protection.webhook_rate;
  const RateLimit& of_address = protection.address_rate;
  if (of_webhook.per_minute == 0 && of_address.per_minute == 0) return std::nullopt;
  const std::lock_guard lock(mutex_);
  TokenBucket* all = of_webhook.per_minute == 0 ? nullptr : &webhook_bucket(webhook, of_webhook, now);
  TokenBucket* one =
      of_address.per_minute == 0 ? nullptr : &address_bucket({webhook, network_of(address)}, of_address, now);
  // The address first: who sends too much is told so, whatever others do.
  for (const auto& [bucket, scope, limit] :
       {std::tuple{one, Scope::address, of_address}, std::tuple{all, Scope::webhook, of_webhook}}) {
    if (bucket == nullptr || bucket->has_token()) continue;
    return Refusal{scope, limit,
                   std::max(std::chrono::seconds{1}, std::chrono::ceil<std::chrono::seconds>(bucket->until_token()))};
  }
  if (one != nullptr) one->take();
  if (all != nullptr) all->take();
  return std::nullopt;
}

TokenBucket& RateLimiter::webhook_bucket(WebhookId webhook, const RateLimit& limit, MonoTime now) {
  TokenBucket& bucket = webhooks_.try_emplace(webhook, limit, now).first->second;
  bucket.fill(now);
  bucket.change(limit);
  return bucket;
}

TokenBucket& RateLimiter::address_bucket(const Place& place, const RateLimit& limit, MonoTime now) {
  if (addresses_.empty()) addresses_.resize(kAddresses);
  const std::size_t first = first_of_set(place);
  Slot* goes = nullptr;
  for (std::size_t i = first; i < first + kSet; ++i) {
    Slot& slot = addresses_[i];
    if (slot.bucket && slot.place == place) {
      slot.bucket->fill(now);
      slot.bucket->change(limit);
      slot.used_at = now;
      return *slot.bucket;
    }
    if (goes != nullptr && !goes->bucket) continue;  // There is a free one.
    if (!slot.bucket) {
      goes = &slot;
      continue;
    }
    slot.bucket->fill(now);
    const auto emptiness = [](const Slot& each) { return std::pair(each.bucket->missing(), each.used_at); };
    if (goes == nullptr || emptiness(slot) < emptiness(*goes)) goes = &slot;
  }
  goes->place = place;
  goes->bucket.emplace(limit, now);
  goes->used_at = now;
  return *goes->bucket;
}

std::size_t RateLimiter::first_of_set(const Place& place) const {
  std::array<std::uint64_t, 2> halves{};
  std::memcpy(halves.data(), place.address.data(), sizeof halves);
  std::uint64_t hash = mix(seed_ ^ static_cast<std::uint64_t>(place.webhook.value));
  for (const std::uint64_t half : halves) hash = mix(hash ^ half);
  return hash % (kAddresses / kSet) * kSet;
}

}  // namespace postern
