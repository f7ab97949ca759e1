// Finds out who asks: by the session's cookie, or by an API token.
#pragma once

#include "admin/gate.h"
#include "admin/sessions.h"

#include <functional>
#include <string>

namespace postern {

// Reads the store with every request, so that whatever is taken from an admin or a token is gone with the next one.
class AccountGate final : public Gate {
 public:
  struct Parts {
    AccountStore& store;
    const KeyVault& vault;
    const Clock& clock;
    Sessions& sessions;
    std::string public_url;  // May be empty.
  };
  explicit AccountGate(Parts parts) : parts_(std::move(parts)) {}

  // Problems: 401 for a token that is not valid (any more); 403 "csrf" for a change that another site may be behind or
  // that lacks the token of its session; 503. A cookie that is not valid is nobody's.
  std::optional<Problem> identify(Call& call) override;

 private:
  std::optional<Problem> by_token(Call& call, std::string_view token);
  std::optional<Problem> by_session(Call& call);

  Parts parts_;
};

}  // namespace postern
