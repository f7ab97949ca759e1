// What every subcommand works with.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "config/load.h"
#include "crypto/key_vault.h"
#include "presets/preset_library.h"
#include "store/sqlite/sqlite_store.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

struct Context {
  Effective effective;
  Environment environment;
  bool json = false;
  bool yes = false;  // Do not ask.
  SystemClock clock;
  SystemRandom random;

  // The database, opened when it is first needed. A missing one is an error unless `create`.
  Result<SqliteStore*> store(bool create = false);
  Result<KeyVault> vault();
  // The shipped presets and those of the operator's folder, read when they are first needed.
  const PresetLibrary& presets();
  // What webhook URLs begin with: server.public_url; else what a running server says; else the configured address.
  std::string base_url() const;

 private:
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<PresetLibrary> presets_;
};

// Where the parts of a data folder are.
std::string database_path(const Settings& settings);
std::string key_path(const Settings& settings);
std::string presets_folder(const Settings& settings);
std::string url_path(const Settings& settings);  // Written by a running server: its own base URL.

// A space or course by slug or number. Errors: not_found, naming the ones there are.
Result<Space> find_space(const CatalogData& catalog, SpaceKind kind, std::string_view name);
Result<Webhook> find_webhook(const CatalogData& catalog, std::string_view number);

// True if a person at a terminal agrees, or --yes was given. Without a terminal: an error that says to use --yes.
Result<void> confirm(const Context& context, const std::string& question);

}  // namespace postern
