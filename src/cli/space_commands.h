// postern space … and postern course …
#pragma once

#include "cli/context.h"

namespace postern {

struct SpaceFlags {
  std::optional<std::string> title;
  std::optional<std::string> slug;
  std::optional<std::string> privacy;
  std::optional<bool> approval;
  std::optional<bool> archived;
};

Result<void> add_space(Context& context, SpaceKind kind, const SpaceFlags& flags);
Result<void> list_spaces(Context& context, SpaceKind kind);
Result<void> show_space(Context& context, SpaceKind kind, const std::string& name);
Result<void> edit_space(Context& context, SpaceKind kind, const std::string& name, const SpaceFlags& flags);
Result<void> remove_space(Context& context, SpaceKind kind, const std::string& name);

}  // namespace postern
