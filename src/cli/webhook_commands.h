// postern webhook …
#pragma once

#include "cli/webhook_settings_flags.h"

namespace postern {

struct WebhookFlags {
  std::optional<std::string> name;
  std::vector<std::string> add_spaces;
  std::vector<std::string> remove_spaces;
  std::vector<std::string> add_courses;
  std::vector<std::string> remove_courses;
  std::optional<bool> welcome_email;
  WebhookSourceFlags source;
  ProtectionFlags protection;
  std::vector<std::string> clear;  // Names of lists to empty: add-space, …
};

Result<void> add_webhook(Context& context, const WebhookFlags& flags);
Result<void> list_webhooks(Context& context);
Result<void> show_webhook(Context& context, const std::string& number, bool reveal_url);
// A list that is given replaces the old one.
Result<void> edit_webhook(Context& context, const std::string& number, const WebhookFlags& flags);
// A new key; the old one is accepted until `grace` is over.
Result<void> rotate_webhook(Context& context, const std::string& number, const std::string& grace);
Result<void> set_webhook_state(Context& context, const std::string& number, WebhookState state);
Result<void> remove_webhook(Context& context, const std::string& number);

}  // namespace postern
