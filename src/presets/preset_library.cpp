#include "presets/preset_library.h"

#include "config/toml_json.h"
#include "source/shipped.h"

#include <fstream>

namespace postern {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFiles = 1000;

bool is_preset_file(const fs::path& path) {
  return (path.extension() == ".toml" || path.extension() == ".json") && !path.filename().string().starts_with('.');
}

Result<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Error{Errc::not_found, "The file " + path + " cannot be read. Check its name, owner and mode.", ""};
  }
  std::string out(kMaxPresetBytes + 1, '\0');
  file.read(out.data(), static_cast<std::streamsize>(out.size()));
  if (file.bad()) return Error{Errc::not_found, "The file " + path + " cannot be read.", ""};
  out.resize(static_cast<std::size_t>(file.gcount()));
  if (out.size() > kMaxPresetBytes) {
    return Error{Errc::too_large,
                 "The file " + path + " is larger than " + std::to_string(kMaxPresetBytes) + " bytes: no preset is.",
                 ""};
  }
  return out;
}

// The shipped ones can all be read: a test holds that.
std::shared_ptr<const Preset> read_shipped(const ShippedPreset& shipped) {
  return std::make_shared<const Preset>(read_preset(shipped.json).value());
}

}  // namespace

Result<Preset> read_preset_file(const std::string& path) {
  std::string text = TRY(read_text(path));
  if (path.ends_with(".toml")) text = TRY(toml_to_json(text, path));
  Result<Preset> preset = read_preset(text);
  if (preset) return preset;
  Error error = std::move(preset).error();
  error.message = path + ": " + error.message;
  return error;
}

PresetLibrary::PresetLibrary(std::string folder) : folder_(std::move(folder)) {
  own_.with([](auto& own) { own = std::make_shared<const Own>(); });
  refresh();
}

PresetLibrary::Stamps PresetLibrary::look() const {
  Stamps out;
  std::error_code error;
  if (folder_.empty() || !fs::is_directory(folder_, error)) return out;
  for (fs::directory_iterator entry(folder_, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (!is_preset_file(entry->path()) || out.size() >= kMaxFiles) continue;
    std::error_code ignored;
    out[entry->path().string()] = {fs::last_write_time(entry->path(), ignored), fs::file_size(entry->path(), ignored)};
  }
  return out;
}

LibraryPreset PresetLibrary::read(const std::string& path, const Own& before) {
  Result<Preset> read = read_preset_file(path);
  const std::string stem = fs::path(path).stem().string();
  if (read) return {read->name, path, std::make_shared<const Preset>(*std::move(read)), {}};
  // A typing error must not take away what has worked: what was read before stays.
  for (const auto& [name, known] : before.presets) {
    if (known.file == path) return {name, path, known.preset, read.error().message};
  }
  return {stem, path, nullptr, read.error().message};
}

bool PresetLibrary::refresh() {
  Stamps stamps = look();
  const std::shared_ptr<const Own> before = own_.with([](const auto& own) { return own; });
  if (stamps == before->stamps) return false;
  auto after = std::make_shared<Own>();
  for (const auto& [path, stamp] : stamps) {
    LibraryPreset preset = read(path, *before);
    const auto [it, fresh] = after->presets.emplace(preset.name, preset);
    if (!fresh && it->second.problem.empty()) {
      it->second.problem = "The files " + it->second.file + " and " + path + " hold presets of the same name '" +
                           preset.name + "'; the first is used. Give one of them another name.";
    }
  }
  after->stamps = std::move(stamps);
  own_.with([&](auto& own) { own = std::move(after); });
  version_.fetch_add(1, std::memory_order_release);
  return true;
}

std::optional<LibraryPreset> PresetLibrary::find(std::string_view name) const {
  const std::shared_ptr<const Own> own = own_.with([](const auto& each) { return each; });
  if (const auto it = own->presets.find(name); it != own->presets.end()) return it->second;
  if (const auto shipped = find_shipped(name)) return LibraryPreset{std::string(name), {}, read_shipped(*shipped), {}};
  return std::nullopt;
}

std::vector<LibraryPreset> PresetLibrary::list() const {
  const std::shared_ptr<const Own> own = own_.with([](const auto& each) { return each; });
  std::map<std::string, LibraryPreset, std::less<>> all = own->presets;
  for (const ShippedPreset& each : shipped_presets()) {
    if (all.find(each.name) != all.end()) continue;
    all.emplace(each.name, LibraryPreset{std::string(each.name), {}, read_shipped(each), {}});
  }
  std::vector<LibraryPreset> out;
  out.reserve(all.size());
  for (auto& [name, preset] : all) out.push_back(std::move(preset));
  return out;
}

}  // namespace postern
