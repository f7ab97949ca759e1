#include "model/account.h"

#include "model/words.h"

namespace postern {
namespace {

constexpr words::Table<LinkKind, 3> kLinkKinds{
    {{LinkKind::first, "first"}, {LinkKind::invite, "invite"}, {LinkKind::reset, "reset"}}};

}  // namespace

std::string_view to_word(LinkKind kind) {
  return words::word_of(kLinkKinds, kind);
}

}  // namespace postern
