// The presets that this server knows: the shipped ones, and those of the operator's folder, which come first.
#pragma once

#include "base/guarded.h"
#include "base/result.h"
#include "source/preset.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// One preset, or why it cannot be used.
struct LibraryPreset {
  std::string name;
  std::string file;                      // Empty: shipped.
  std::shared_ptr<const Preset> preset;  // Null: see `problem`.
  std::string problem;                   // What is wrong with the file, why, what to do.
};

// Reads a preset of a file: TOML or JSON, by the end of its name. Errors: not_found (cannot be read), too_large,
// invalid; the message names the file.
Result<Preset> read_preset_file(const std::string& path);

// Any thread.
class PresetLibrary {
 public:
  // `folder`: its files that end with .toml or .json, each a preset; a name that is also shipped takes its place. Empty
  // or not there: shipped ones only. A file that cannot be used is in the list, with its problem.
  explicit PresetLibrary(std::string folder);

  // Nothing: nobody knows that name.
  std::optional<LibraryPreset> find(std::string_view name) const;
  // All of them, sorted by name.
  std::vector<LibraryPreset> list() const;

  // Looks whether a file has changed, and reads the folder again if so. A file that has become unusable leaves the
  // preset as it was before in use, with its problem beside it. True: something is different.
  bool refresh();
  // Rises when something is different.
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

 private:
  // What a file is told by from a changed one.
  struct Stamp {
    std::filesystem::file_time_type changed_at{};
    std::uintmax_t bytes = 0;
    bool operator==(const Stamp&) const = default;
  };
  using Stamps = std::map<std::string, Stamp>;  // By path.
  struct Own {
    Stamps stamps;
    std::map<std::string, LibraryPreset, std::less<>> presets;  // By name.
  };
  Stamps look() const;
  static LibraryPreset read(const std::string& path, const Own& before);

  const std::string folder_;
  Guarded<std::shared_ptr<const Own>> own_;
  std::atomic<std::uint64_t> version_{1};
};

}  // namespace postern
