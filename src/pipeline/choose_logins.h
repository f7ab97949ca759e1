// Finds a free login for everybody whom a batch creates.
#pragma once

#include "base/result.h"
#include "model/event.h"
#include "store/transaction.h"

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace postern {

// How far each base's numbers are known to be taken: where 10,000 people are called info@…, info2 to info10000 need not
// be asked for once more. One thread.
class LoginHints {
 public:
  // Forgets everything if people may have been removed since, which raises the catalog's generation.
  void as_of(std::int64_t catalog_generation);
  std::size_t taken(const std::string& base) const;
  void learn(const std::string& base, std::size_t taken);
  // After a transaction that failed: what was learned in it may not be so.
  void forget() { taken_.clear(); }

 private:
  static constexpr std::size_t kMaxBases = 10'000;
  std::int64_t generation_ = 0;
  std::unordered_map<std::string, std::size_t> taken_;
};

// For each event, in order: the first of the person's candidates (identity/login.h) that nobody in the store has and
// no earlier event of this call has taken. Asks the store once per round; one round is enough unless logins collide.
Result<std::vector<std::string>> choose_logins(Transaction& transaction, std::span<const Event* const> events,
                                               LoginHints& hints);

}  // namespace postern
