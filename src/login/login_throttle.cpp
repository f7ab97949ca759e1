#include "login/login_throttle.h"

#include "base/ip.h"
#include "crypto/key_vault.h"

#include <algorithm>
#include <vector>

namespace postern {
namespace {

using std::chrono::seconds;

constexpr std::chrono::hours kForgetAfter{1};

struct Rule {
  int free_attempts;
  seconds longest_wait;
};
constexpr Rule kPairRule{5, seconds{900}};
constexpr Rule kAddressRule{30, seconds{900}};
constexpr Rule kAccountRule{30, seconds{30}};

seconds delay(const Rule& rule, int attempts) {
  if (attempts < rule.free_attempts) return seconds{0};
  const int doublings = std::min(attempts - rule.free_attempts, 12);
  return std::min(rule.longest_wait, seconds{1LL << doublings});
}

// An IPv6 network of one customer counts as one address.
std::string network_of(std::string_view ip) {
  const auto address = IpAddress::parse(ip);
  if (!address || address->is_v4()) return std::string(ip);
  return {reinterpret_cast<const char*>(address->bytes().data()), 8};
}

std::array<std::byte, 16> key_of(std::string_view kind, std::string_view account, std::string_view network) {
  std::string text(kind);
  text += std::to_string(account.size());
  text += ':';
  text += account;
  text += network;
  return fingerprint(text);
}

}  // namespace

std::optional<seconds> LoginThrottle::admit(std::string_view account, std::string_view ip) {
  const std::string network = network_of(ip);
  const MonoTime now = clock_.mono();
  return entries_.with([&](Entries& entries) -> std::optional<seconds> {
    make_room(entries);
    Entry& pair = entries[key_of("pair", account, network)];
    Entry& address = entries[key_of("address", "", network)];
    Entry& whole = entries[key_of("account", account, "")];
    seconds wait{0};
    const auto look = [&](Entry& entry, const Rule& rule) {
      if (now - entry.last >= kForgetAfter) entry.attempts = 0;
      const auto left = std::chrono::ceil<seconds>(entry.last + delay(rule, entry.attempts) - now);
      if (entry.attempts > 0) wait = std::max(wait, left);
    };
    look(pair, kPairRule);
    look(address, kAddressRule);
    if (!pair.known) look(whole, kAccountRule);
    if (wait > seconds{0}) return wait;
    for (Entry* entry : {&pair, &address, &whole}) {
      ++entry->attempts;
      entry->last = now;
    }
    return std::nullopt;
  });
}

void LoginThrottle::succeeded(std::string_view account, std::string_view ip) {
  const std::string network = network_of(ip);
  entries_.with([&](Entries& entries) {
    Entry& pair = entries[key_of("pair", account, network)];
    pair = {.attempts = 0, .last = clock_.mono(), .known = true};
    entries.erase(key_of("account", account, ""));
    // Of an address only this attempt is taken back: others may guess from it.
    Entry& address = entries[key_of("address", "", network)];
    address.attempts = std::max(0, address.attempts - 1);
  });
}

std::size_t LoginThrottle::size() {
  return entries_.with([](const Entries& entries) { return entries.size(); });
}

void LoginThrottle::make_room(Entries& entries) const {
  constexpr std::size_t kPerAttempt = 3;
  if (entries.size() + kPerAttempt <= most_entries_) return;
  std::vector<MonoTime> times;
  times.reserve(entries.size());
  for (const auto& each : entries) times.push_back(each.second.last);
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  const MonoTime oldest_kept = *middle;
  std::erase_if(entries, [&](const auto& each) { return each.second.last < oldest_kept; });
  while (entries.size() + kPerAttempt > most_entries_) entries.erase(entries.begin());  // All at the same moment.
}

}  // namespace postern
