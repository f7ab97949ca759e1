// Slows down whoever guesses passwords or codes, without locking anybody out for good.
#pragma once

#include "base/clock.h"
#include "base/guarded.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string_view>

namespace postern {

// Counts attempts per account and address together, per address, and per account. Past a number of free attempts each
// further one has to wait, twice as long each time, up to a bound; after an hour without an attempt, or after a
// success, the counting begins anew. What strangers do to an account slows others by half a minute at most, and not at
// all from an address that has logged in to it before. Whether an account exists makes no difference. In memory only,
// bounded: past the bound the entries that have been quiet the longest are forgotten. Any thread.
class LoginThrottle {
 public:
  explicit LoginThrottle(const Clock& clock, std::size_t most_entries = 10'000)
      : clock_(clock), most_entries_(most_entries) {}

  // Counts an attempt, or says how long to wait; then it does not count. `account` is whatever names it; an IPv6
  // address stands for its /64.
  std::optional<std::chrono::seconds> admit(std::string_view account, std::string_view ip);
  void succeeded(std::string_view account, std::string_view ip);
  std::size_t size();

 private:
  using Key = std::array<std::byte, 16>;
  struct Entry {
    int attempts = 0;
    MonoTime last{};
    bool known = false;  // Of account and address: they have logged in before.
  };
  using Entries = std::map<Key, Entry>;
  void make_room(Entries& entries) const;

  const Clock& clock_;
  const std::size_t most_entries_;
  Guarded<Entries> entries_;
};

}  // namespace postern
