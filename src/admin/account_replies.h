// Remembers replies for requests that are sent again.
#pragma once

#include "admin/gate.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "crypto/key_vault.h"
#include "store/account_store.h"

namespace postern {

// For 24 hours, per admin or token, method and path. Replies are sealed, for they may hold a secret that is shown once.
// Of nobody in particular nothing is remembered. Any thread, if `random` is.
class AccountReplies final : public ReplyMemory {
 public:
  struct Parts {
    AccountStore& store;
    const KeyVault& vault;
    Random& random;
    const Clock& clock;
    Log& log;
  };
  explicit AccountReplies(Parts parts) : parts_(parts) {}

  std::optional<Reply> recall(const Call& call) override;
  void remember(const Call& call, const http::Response& response) override;
  void forget(const Call& call) override;

 private:
  std::optional<KeyHash> key_of(const Call& call) const;

  Parts parts_;
};

}  // namespace postern
