// The adapters that keep the store port's promise. A new one adds one line.
#pragma once

#include "store/memory/memory_store.h"
#include "store/sqlite/sqlite_store.h"
#include "support/temp_folder.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace postern {

struct Backend {
  std::string name;
  std::function<std::unique_ptr<Store>(const TempFolder&)> make;
};

inline std::vector<Backend> backends() {
  return {{"Memory", [](const TempFolder&) { return std::make_unique<MemoryStore>(); }},
          {"Sqlite", [](const TempFolder& folder) -> std::unique_ptr<Store> {
             SqliteOptions options;
             options.path = folder.file("postern.db");
             options.people_segment = 4;  // So that a handful of deliveries fill several.
             return SqliteStore::open(options).value();
           }}};
}

inline std::string backend_name(const testing::TestParamInfo<Backend>& info) {
  return info.param.name;
}

}  // namespace postern
