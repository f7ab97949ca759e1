// Finds a free login for everybody whom a batch creates.
#pragma once

#include "base/result.h"
#include "model/event.h"
#include "store/transaction.h"

#include <span>
#include <string>
#include <vector>

namespace postern {

// For each event, in order: the first of the person's candidates (identity/login.h) that nobody in the store has and
// no earlier event of this call has taken. Asks the store once per round; one round is enough unless logins collide.
Result<std::vector<std::string>> choose_logins(Transaction& transaction, std::span<const Event* const> events);

}  // namespace postern
