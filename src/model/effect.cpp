#include "model/effect.h"

#include "model/words.h"

namespace postern {
namespace {

constexpr words::Table<EffectKind, 5> kKinds{{{EffectKind::welcome_email, "welcome_email"},
                                              {EffectKind::password_email, "password_email"},
                                              {EffectKind::processed_hook, "processed_hook"},
                                              {EffectKind::events, "events"},
                                              {EffectKind::event, "event"}}};
constexpr words::Table<OutboxState, 4> kStates{{{OutboxState::waiting, "waiting"},
                                                {OutboxState::done, "done"},
                                                {OutboxState::dead, "dead"},
                                                {OutboxState::skipped, "skipped"}}};

}  // namespace

std::string_view to_word(EffectKind kind) {
  return words::word_of(kKinds, kind);
}

std::string_view to_word(OutboxState state) {
  return words::word_of(kStates, state);
}

std::optional<EffectKind> parse_effect_kind(std::string_view word) {
  return words::parse(kKinds, word);
}

std::optional<OutboxState> parse_outbox_state(std::string_view word) {
  return words::parse(kStates, word);
}

}  // namespace postern
