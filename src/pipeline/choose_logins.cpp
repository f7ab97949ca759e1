#include "pipeline/choose_logins.h"

#include "identity/login.h"
#include "identity/text.h"

#include <unordered_set>

namespace postern {

void LoginHints::as_of(std::int64_t catalog_generation) {
  if (generation_ != catalog_generation) taken_.clear();
  generation_ = catalog_generation;
}

std::size_t LoginHints::taken(const std::string& base) const {
  const auto it = taken_.find(base);
  return it == taken_.end() ? 0 : it->second;
}

void LoginHints::learn(const std::string& base, std::size_t taken) {
  if (taken == 0) return;
  if (taken_.size() >= kMaxBases) taken_.clear();
  taken_[base] = taken;
}

Result<std::vector<std::string>> choose_logins(Transaction& transaction, std::span<const Event* const> events,
                                               LoginHints& hints) {
  hints.as_of(transaction.catalog_generation());
  std::vector<std::string> chosen(events.size());
  std::vector<std::size_t> waiting;
  std::vector<identity::LoginCandidates> candidates;
  waiting.reserve(events.size());
  candidates.reserve(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& event = *events[i];
    waiting.push_back(i);
    candidates.emplace_back(event.login, event.email, event.first_name, event.last_name);
    candidates.back().skip_numbered(hints.taken(candidates.back().base()));
  }
  std::unordered_set<std::string> taken_here;
  std::vector<std::string> tries;
  while (!waiting.empty()) {
    tries.clear();
    for (identity::LoginCandidates& each : candidates) tries.push_back(each.next());
    const std::vector<bool> taken = TRY(transaction.logins_taken(tries));
    std::size_t left = 0;
    for (std::size_t w = 0; w < waiting.size(); ++w) {
      if (!taken[w] && taken_here.insert(identity::ascii_lower(tries[w])).second) {
        chosen[waiting[w]] = std::move(tries[w]);
        hints.learn(candidates[w].base(), candidates[w].numbered_before());
        continue;
      }
      if (left != w) {
        waiting[left] = waiting[w];
        candidates[left] = std::move(candidates[w]);
      }
      ++left;
    }
    waiting.resize(left);
    candidates.erase(candidates.begin() + static_cast<std::ptrdiff_t>(left), candidates.end());
  }
  return chosen;
}

}  // namespace postern
