#include "source/source_event.h"

#include <array>

namespace postern {
namespace {

constexpr std::array<std::pair<SourceAction, std::string_view>, 4> kActions{{{SourceAction::grant, "grant"},
                                                                             {SourceAction::revoke, "revoke"},
                                                                             {SourceAction::ignore, "ignore"},
                                                                             {SourceAction::link, "link"}}};

}  // namespace

std::string_view to_word(SourceAction action) {
  return kActions[static_cast<std::size_t>(action)].second;
}

std::optional<SourceAction> parse_source_action(std::string_view word) {
  for (const auto& [action, name] : kActions) {
    if (name == word) return action;
  }
  return std::nullopt;
}

}  // namespace postern
