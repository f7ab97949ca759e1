// Token buckets: how often a webhook may be used, by all its senders together and by each address.
#pragma once

#include "base/clock.h"
#include "base/ip.h"
#include "model/webhook.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

namespace postern {

// A bucket holds `burst` tokens when it is full and gains `per_minute` a minute; a request takes one. In any time t it
// lets no more than burst + per_minute * t through: whole numbers, nothing is rounded in a sender's favour.
class TokenBucket {
 public:
  explicit TokenBucket(const RateLimit& limit, MonoTime now);
  // Adds what the time has brought.
  void fill(MonoTime now);
  // A limit that has been changed counts from now on. After fill().
  void change(const RateLimit& limit);
  bool has_token() const;
  void take();
  // Until there is one token. After fill().
  std::chrono::microseconds until_token() const;
  // What is missing to a full one, in tokens, rounded up. After fill().
  std::uint64_t missing() const;

 private:
  std::uint64_t capacity() const;
  RateLimit limit_;
  std::uint64_t level_ = 0;     // In tokens times the microseconds of a minute.
  std::int64_t filled_at_ = 0;  // In microseconds.
};

// Any thread; a webhook without limits costs no lock. Memory is bounded: one bucket for each webhook, and kAddresses of
// them for addresses (of IPv6 each /64) in sets of kSet. When a set is full, the fullest bucket in it goes, since it
// has the least to tell: of equals the one that was used least lately.
class RateLimiter {
 public:
  static constexpr std::size_t kAddresses = 16'384;
  static constexpr std::size_t kSet = 8;

  // `seed` keeps strangers from choosing addresses that fall into one set.
  explicit RateLimiter(std::uint64_t seed) : seed_(seed) {}

  enum class Scope { webhook, address };
  struct Refusal {
    Scope scope = Scope::webhook;
    RateLimit limit;
    std::chrono::seconds wait{1};  // Rounded up to at least one: until a token is there.
  };
  // Takes a token from both buckets, or, if one is empty, from none.
  std::optional<Refusal> take(WebhookId webhook, const Protection& protection, const IpAddress& address, MonoTime now);

 private:
  // The webhook and the address, or the /64 of it.
  struct Place {
    WebhookId webhook;
    std::array<std::uint8_t, 16> address{};
    bool operator==(const Place&) const = default;
  };
  struct Slot {
    Place place;
    std::optional<TokenBucket> bucket;
    MonoTime used_at{};
  };
  TokenBucket& webhook_bucket(WebhookId webhook, const RateLimit& limit, MonoTime now);
  TokenBucket& address_bucket(const Place& place, const RateLimit& limit, MonoTime now);
  std::size_t first_of_set(const Place& place) const;

  const std::uint64_t seed_;
  std::mutex mutex_;
  std::unordered_map<WebhookId, TokenBucket> webhooks_;  // Guarded by mutex_.
  std::vector<Slot> addresses_;                          // Guarded by mutex_. Made when it is first needed.
};

}  // namespace postern
