#include "admin/account_audit.h"

#include "base/utf8.h"
#include "crypto/account_secrets.h"

#include <boost/json/serialize.hpp>

namespace postern {
namespace {

constexpr int kPerMinute = 30;
constexpr std::size_t kMaxTextBytes = 400;

std::string text_of(const boost::json::value& value) {
  return value.is_null() ? std::string() : boost::json::serialize(value);
}

bool is_bounded(std::string_view action) {
  return action == "denied" || action == "login.failed" || action == "login.throttled";
}

}  // namespace

bool AccountAudit::may_write(const std::string& action) {
  if (!is_bounded(action)) return true;
  const std::int64_t now = std::chrono::floor<std::chrono::minutes>(parts_.clock.now()).time_since_epoch().count();
  int left_out = 0;
  const bool may = minutes_.with([&](auto& minutes) {
    Minute& minute = minutes[action];
    if (minute.number != now) {
      left_out = minute.left_out;
      minute = {.number = now};
    }
    if (minute.written >= kPerMinute) return ++minute.left_out, false;
    ++minute.written;
    return true;
  });
  if (left_out > 0) parts_.log.warn("audit.left_out", {{"action", action}, {"rows", left_out}});
  return may;
}

Result<void> AccountAudit::record(const Call& call, const AuditEntry& entry) {
  if (!may_write(entry.action)) return {};
  AuditRow row{.at = parts_.clock.now(),
               .actor = call.principal.name,
               .ip = call.client().ip,
               .action = entry.action,
               .target = std::string(utf8::cut(entry.target, kMaxTextBytes)),
               .before = text_of(entry.before),
               .after = text_of(entry.after)};
  TRY(parts_.store.append_audit(std::move(row), [this](const KeyHash& previous, const AuditRow& numbered) {
    return audit_hash(parts_.vault, previous, numbered);
  }));
  return {};
}

void AccountAudit::note(const Call& call, const AuditEntry& entry) {
  if (const Result<void> recorded = record(call, entry); !recorded) {
    parts_.log.error("audit.not_recorded", {{"action", entry.action}, {"message", recorded.error().message}});
  }
}

}  // namespace postern
