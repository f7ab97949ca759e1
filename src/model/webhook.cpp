#include "model/webhook.h"

#include "model/words.h"

namespace postern {
namespace {

constexpr words::Table<WebhookState, 3> kStates{
    {{WebhookState::active, "active"}, {WebhookState::paused, "paused"}, {WebhookState::disabled, "disabled"}}};

}  // namespace

std::string_view to_word(WebhookState state) {
  return words::word_of(kStates, state);
}
std::optional<WebhookState> parse_webhook_state(std::string_view word) {
  return words::parse(kStates, word);
}

}  // namespace postern
