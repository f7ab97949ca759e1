// The flags of postern webhook add and edit that say where requests come from and who may send them.
#pragma once

#include "cli/context.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}

namespace postern {

struct WebhookSourceFlags {
  std::optional<std::string> name;
  std::string secret_file;
  bool secret_stdin = false;
  bool add_secret = false;           // Keep the secrets that are there.
  std::optional<std::string> grace;  // Of those.
  std::vector<std::int64_t> remove_secrets;
  std::optional<std::string> webhook_id;
  std::optional<std::string> url_action;
  std::vector<std::string> events;      // "TYPE=ACTION"
  std::vector<std::string> conditions;  // "SUBJECT OP VALUE…"
  std::vector<std::string> products;    // "PRODUCT=space,course:slug"
  std::optional<bool> skip_stale;
};

struct ProtectionFlags {
  std::vector<std::string> networks;
  std::optional<std::string> rate;
  std::optional<std::string> address_rate;
  std::optional<std::string> expires;  // A time, a duration from now, or "never".
};

// The lists that --clear empties, beside those of the effects.
std::vector<std::string> clearable_settings();

// Each adds its flags to a command. Both structs must outlive it.
void add_source_flags(CLI::App& command, WebhookSourceFlags& flags);
void add_protection_flags(CLI::App& command, ProtectionFlags& flags);

// Changes the webhook as the flags say; a list that is given replaces the old one. Reads the secrets, and the key file
// only for them. Errors: invalid (the message names the flag), not_found.
Result<void> apply_source(Context& context, const CatalogData& catalog, const WebhookSourceFlags& flags,
                          const std::vector<std::string>& clear, Webhook& webhook);
Result<void> apply_protection(const Context& context, const ProtectionFlags& flags,
                              const std::vector<std::string>& clear, Webhook& webhook);

// A condition as --condition takes it: words, those with blanks in "double quotes"; for eq, ne and contains the rest of
// the text is the value. Errors: invalid (a quote is not closed).
Result<WebhookCondition> split_condition(std::string_view text);

}  // namespace postern
