#include "store/wordpress/site_files.h"

#include <filesystem>
#include <fstream>

namespace postern::wordpress {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = (1U << 20U) + 1;  // One more than read_wp_config() takes.
constexpr const char* kConfigName = "wp-config.php";
constexpr const char* kSettingsName = "wp-settings.php";

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

std::optional<std::string> read_front(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string out(kMaxFileBytes, '\0');
  file.read(out.data(), static_cast<std::streamsize>(out.size()));
  out.resize(static_cast<std::size_t>(file.gcount()));
  return file.bad() ? std::nullopt : std::optional(std::move(out));
}

// "Version: 2.8.1" in the comment at the top of a plugin's file.
std::optional<std::string> read_plugin_version(const fs::path& file) {
  const auto text = read_front(file);
  constexpr std::string_view kLabel = "Version:";
  const std::size_t at = text ? text->find(kLabel) : std::string::npos;
  if (at == std::string::npos) return std::nullopt;
  const std::size_t begin = text->find_first_not_of(" \t", at + kLabel.size());
  if (begin == std::string::npos) return std::nullopt;
  return text->substr(begin, std::min<std::size_t>(text->find_first_of(" \t\r\n", begin) - begin, 30));
}

struct Place {
  fs::path config;
  fs::path wordpress;  // Empty: not known.
};

Result<Place> find_config(const std::string& path) {
  std::error_code error;
  const fs::path given = fs::absolute(path, error).lexically_normal();
  if (!fs::is_directory(given, error)) {
    if (!is_file(given)) {
      return Error{Errc::not_found,
                   "There is no file " + path + ". Name the wp-config.php of the site, or the folder that it lies in.",
                   ""};
    }
    const bool beside = is_file(given.parent_path() / kSettingsName);
    return Place{given, beside ? given.parent_path() : fs::path()};
  }
  // Of a trailing '/' an empty name is left, whose parent would be the folder itself.
  const fs::path folder = given.has_filename() ? given : given.parent_path();
  if (is_file(folder / kConfigName))
    return Place{folder / kConfigName, is_file(folder / kSettingsName) ? folder : fs::path()};
  const fs::path above = folder.parent_path();
  if (is_file(above / kConfigName) && !is_file(above / kSettingsName)) return Place{above / kConfigName, folder};
  return Error{Errc::not_found,
               "There is no wp-config.php in " + path +
                   ", nor one for it in the folder above. Name the file, or the "
                   "folder of WordPress.",
               ""};
}

}  // namespace

Result<SiteFiles> read_site_files(const std::string& path, const EnvironmentLookup& environment) {
  const Place place = TRY(find_config(path));
  const auto text = read_front(place.config);
  if (!text) {
    return Error{Errc::not_found,
                 "The file " + place.config.string() +
                     " cannot be read. Run this as a user who may: the web server's, "
                     "or root.",
                 ""};
  }
  SiteFiles out;
  out.config_path = place.config.string();
  if (!place.wordpress.empty()) out.abspath = (place.wordpress / "").string();
  out.config = TRY(read_wp_config(
      *text, {.directory = place.config.parent_path().string(), .abspath = out.abspath, .environment = environment}));
  if (!out.abspath.empty()) {
    out.version_file = read_front(place.wordpress / "wp-includes" / "version.php").value_or("");
  }
  fs::path content = out.config.content_dir.value_or(out.abspath.empty() ? "" : out.abspath + "wp-content");
  std::error_code error;
  if (!content.empty() && fs::is_directory(content, error)) {
    out.content_dir = content.string();
    out.has_object_cache = is_file(content / "object-cache.php");
    out.plugin_version = read_plugin_version(content / "plugins" / "fluent-community" / "fluent-community.php");
  }
  return out;
}

}  // namespace postern::wordpress
