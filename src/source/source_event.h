// What a sender said, as its source reads it: one request may hold several of these.
#pragma once

#include "base/clock.h"
#include "base/secret.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern {

// What an event means for the person. grant: add to what the webhook names. revoke: remove from it. ignore: answer 200
// and change nothing. link: remember that external_id and e-mail belong together, change no membership.
enum class SourceAction { grant, revoke, ignore, link };
std::string_view to_word(SourceAction action);
std::optional<SourceAction> parse_source_action(std::string_view word);

struct SourceEvent {
  std::string type;  // Text is valid UTF-8 as sent, and empty if absent. The sender chose every byte of it.
  std::string id;
  std::optional<WallTime> time;
  std::string email;  // Trimmed; not checked: identity::parse_email says whether it is an address.
  std::string first_name;
  std::string last_name;
  std::string login;
  Secret password;
  std::string external_id;            // The person's number at the sender.
  std::vector<std::string> products;  // Product, price or plan numbers, in order, each once.
  std::string order_ref;
  std::vector<std::pair<std::string, std::string>> others;  // Further fields of the preset, by name.
  SourceAction action = SourceAction::ignore;
  std::optional<std::size_t> rule;  // Which of the preset's rules decided, from 0; nothing: its default.
  bool probe = false;               // A test of the URL by the sender: nothing to do but to answer.
  // Equal for repeats of one event of this source and for nothing else; empty if the sender gives nothing to tell
  // them by. Not a secret, not short: hash it.
  std::string repeat_key;
};

}  // namespace postern
