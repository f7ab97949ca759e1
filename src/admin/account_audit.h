// Writes the audit log.
#pragma once

#include "admin/gate.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/log.h"
#include "crypto/key_vault.h"
#include "store/account_store.h"

#include <cstdint>
#include <map>
#include <string>

namespace postern {

// What strangers can cause ("denied", "login.failed", "login.throttled") is written at most 30 times a minute each, so
// that nobody fills the disk with it; what is left out shows up in the operator's log as a number. Any thread.
class AccountAudit final : public AuditTrail {
 public:
  struct Parts {
    AccountStore& store;
    const KeyVault& vault;
    const Clock& clock;
    Log& log;
  };
  explicit AccountAudit(Parts parts) : parts_(parts) {}

  Result<void> record(const Call& call, const AuditEntry& entry) override;
  // For handlers that refuse; an error is logged.
  void note(const Call& call, const AuditEntry& entry);

 private:
  struct Minute {
    std::int64_t number = 0;
    int written = 0;
    int left_out = 0;
  };
  bool may_write(const std::string& action);

  Parts parts_;
  Guarded<std::map<std::string, Minute>> minutes_;  // Of the bounded actions only.
};

}  // namespace postern
