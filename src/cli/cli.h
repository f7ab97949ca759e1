// The command line: parses it, loads the settings, runs one subcommand.
#pragma once

#include "config/load.h"

#include <functional>

namespace postern {

struct ServeFlags {
  bool demo = true;     // On a new store: a demo space, course and webhook.
  std::string program;  // As it was called, for commands that a person can paste.
};
// `postern serve` is wired in main/, which is the only place that knows all parts.
using ServeCommand = std::function<int(const Effective&, const ServeFlags&)>;

// Exit codes: 0 done, 1 failed (one line on standard error says what, why and what to do), 2 wrong usage.
int run_cli(int argc, char** argv, char** environment, const ServeCommand& serve);

}  // namespace postern
