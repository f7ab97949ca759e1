#include "pipeline/protection_check.h"

#include "base/time_text.h"
#include "pipeline/rejections.h"

#include <algorithm>

namespace postern {
namespace {

bool is_allowed(const Protection& protection, const std::optional<IpAddress>& address) {
  if (protection.networks.empty()) return true;
  return address && std::any_of(protection.networks.begin(), protection.networks.end(),
                                [&](const IpNetwork& each) { return each.contains(*address); });
}

}  // namespace

std::optional<ProtectionCheck::Refusal> ProtectionCheck::refuse(const Webhook& webhook, const Client& client,
                                                                const Clock& clock) {
  const Protection& protection = webhook.protection;
  const bool limited = protection.webhook_rate.per_minute != 0 || protection.address_rate.per_minute != 0;
  if (protection.networks.empty() && !limited) return std::nullopt;
  const std::optional<IpAddress> address = IpAddress::parse(client.ip);
  if (!is_allowed(protection, address)) return refusal(webhook, ip_not_allowed(client.ip), clock);
  // An address that cannot be read is one that a socket never has: all of those share a bucket.
  const auto over = limiter_.take(webhook.id, protection, address.value_or(IpAddress{}), clock.mono());
  if (!over) return std::nullopt;
  const bool of_address = over->scope == RateLimiter::Scope::address;
  return refusal(webhook, rate_limited(of_address, over->limit.per_minute, over->wait), clock);
}

ProtectionCheck::Refusal ProtectionCheck::refusal(const Webhook& webhook, Rejection rejection, const Clock& clock) {
  const MonoTime now = clock.mono();
  Refusal out{std::move(rejection), true, ""};
  rows_.with([&](auto& all) {
    Rows& rows = all[{webhook.id, out.rejection.code}];
    if (rows.left == 0 || now - rows.minute_began >= std::chrono::minutes{1}) {
      rows.minute_began = now;
      rows.left = 0;
    }
    if (rows.left == kRowsAMinute) {
      if (rows.without++ == 0) rows.without_since = clock.now();
      out.leaves_row = false;
      return;
    }
    ++rows.left;
    if (rows.without == 0) return;
    out.row_note = " Another " + std::to_string(rows.without) + " were refused likewise without a row since " +
                   to_rfc3339(rows.without_since) + ".";
    rows.without = 0;
  });
  metrics_.count_refusal(webhook.id, out.rejection.code, out.leaves_row);
  return out;
}

}  // namespace postern
