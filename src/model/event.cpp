#include "model/event.h"

#include "model/words.h"

namespace postern {
namespace {

constexpr words::Table<SourceAction, 4> kActions{{{SourceAction::grant, "grant"},
                                                  {SourceAction::revoke, "revoke"},
                                                  {SourceAction::ignore, "ignore"},
                                                  {SourceAction::link, "link"}}};

}  // namespace

std::string_view to_word(SourceAction action) {
  return words::word_of(kActions, action);
}
std::optional<SourceAction> parse_source_action(std::string_view word) {
  return words::parse(kActions, word);
}

}  // namespace postern
