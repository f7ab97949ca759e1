// What a sender said, after its dialect has been read away.
#pragma once

#include "base/clock.h"
#include "base/secret.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// What an event means for the person. grant: add to what the webhook names. revoke: remove from it. ignore: answer 200
// and change nothing. link: remember that external_id and e-mail belong together, change no membership.
enum class SourceAction { grant, revoke, ignore, link };
std::string_view to_word(SourceAction action);
std::optional<SourceAction> parse_source_action(std::string_view word);

// What a sender with a dialect of its own says beside the person. Texts are as sent, empty if absent.
struct Notice {
  SourceAction action = SourceAction::grant;
  std::string ignored_because;        // Of `ignore`: one sentence.
  std::vector<std::string> products;  // Product, price or plan numbers, in order, each once.
  std::string external_id;            // The person's number at the sender.
  std::string order_ref;              // The order, subscription or invoice.
  std::optional<WallTime> time;       // When it happened, by the sender's clock.
};

struct Event {
  std::string email;       // Valid by identity/email.h, trimmed, case as sent. Empty: see `notice->external_id`.
  std::string first_name;  // As sent, valid UTF-8; empty if absent.
  std::string last_name;
  std::string login;             // Wished for; empty if absent.
  Secret password;               // Empty if absent.
  std::optional<Notice> notice;  // Nothing for a form: it always does what the webhook does.
};

}  // namespace postern
