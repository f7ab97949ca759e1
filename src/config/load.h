// From flags, environment and file to Settings.
#pragma once

#include "base/result.h"
#include "config/settings.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// A setting as it is in force, and where it came from.
struct EffectiveValue {
  std::string key;
  std::string value;   // Masked if secret.
  std::string origin;  // "default", "file postern.toml:12", "environment POSTERN_SERVER_LISTEN", "flag --listen"
};

struct Effective {
  Settings settings;
  std::vector<EffectiveValue> values;
};

struct FlagValue {
  std::string key;
  std::string value;
  std::string flag;  // "--listen"
};

using Environment = std::map<std::string, std::string, std::less<>>;
// From main()'s third argument.
Environment read_environment(char** environment);

// Flags win over the environment, the environment over the file, the file over the defaults. The environment's names
// are POSTERN_SECTION_KEY; with _FILE appended the value is read from that file, for secrets. `file` may be empty.
// Errors: invalid, naming the key, where it stands, what is expected and, for an unknown key, the nearest known one.
Result<Effective> load_settings(const std::string& file, const Environment& environment,
                                const std::vector<FlagValue>& flags);

// docs/config.md and docs/limits.md.
std::string config_reference();
std::string limits_reference();

}  // namespace postern
