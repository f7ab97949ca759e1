// The one table of settings.
#pragma once

#include "base/result.h"
#include "config/settings.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// Reads text into a setting. The error says what is expected; the caller adds which key it was and where it stood.
using SettingReader = std::function<Result<void>(Settings&, std::string_view text)>;
using SettingWriter = std::function<std::string(const Settings&)>;

struct SettingDefinition {
  std::string_view key;      // "limits.body_bytes"
  std::string_view expects;  // "a size, 1 KiB to 1 GiB"
  std::string_view about;    // One sentence: what it does, and why it has this default.
  SettingReader read;
  SettingWriter write;  // The effective value as text; of a secret only whether there is one.
  bool is_secret = false;
};

// In the order in which they are documented.
std::span<const SettingDefinition> setting_definitions();

// The part of them that belongs to the pages for people (definition_portal.cpp).
std::vector<SettingDefinition> portal_settings();

// "4096", "64KiB", "1MB": bytes.
Result<std::size_t> parse_size(std::string_view text);
// "127.0.0.1:8080", "[::1]:0", ":8080".
Result<void> parse_listen(Settings::Server& server, std::string_view text);
std::string listen_text(const Settings::Server& server);

}  // namespace postern
