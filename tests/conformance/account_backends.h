// The stores that the account contract runs on.
#pragma once

#include "store/memory/memory_store.h"
#include "store/sqlite/sqlite_store.h"
#include "support/temp_folder.h"

#include <functional>
#include <memory>
#include <string>

namespace postern {

struct AccountBackend {
  std::string name;
  std::function<std::unique_ptr<Store>(const TempFolder&)> make;
};

inline std::unique_ptr<Store> open_sqlite(const TempFolder& folder) {
  SqliteOptions options;
  options.path = folder.file("postern.db");
  return SqliteStore::open(options).value();
}

inline std::vector<AccountBackend> account_backends() {
  return {{"Memory", [](const TempFolder&) { return std::make_unique<MemoryStore>(); }}, {"Sqlite", open_sqlite}};
}

}  // namespace postern
