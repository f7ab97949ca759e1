// What a sender said, as its source reads it: one request may hold several of these.
#pragma once

#include "base/clock.h"
#include "base/secret.h"
#include "model/event.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace postern {

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
