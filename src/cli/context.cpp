#include "cli/context.h"

#include "cli/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <iostream>

namespace postern {
namespace {

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value <= 0) return std::nullopt;
  return value;
}

}  // namespace

std::string database_path(const Settings& settings) {
  return settings.store.data + "/postern.db";
}

std::string presets_folder(const Settings& settings) {
  return settings.sources.folder.empty() ? settings.store.data + "/sources" : settings.sources.folder;
}

std::string key_path(const Settings& settings) {
  return settings.store.key_file.empty() ? settings.store.data + "/postern.key" : settings.store.key_file;
}

std::string url_path(const Settings& settings) {
  return settings.store.data + "/server.url";
}

Result<SqliteStore*> Context::store(bool create) {
  if (store_ == nullptr) {
    SqliteOptions options;
    options.path = database_path(effective.settings);
    options.create = create;
    store_ = TRY(SqliteStore::open(options));
  }
  return store_.get();
}

Result<KeyVault> Context::vault() {
  return KeyVault::open_or_create(key_path(effective.settings), random);
}

const PresetLibrary& Context::presets() {
  if (presets_ == nullptr) presets_ = std::make_unique<PresetLibrary>(presets_folder(effective.settings));
  return *presets_;
}

std::string Context::base_url() const {
  const Settings::Server& server = effective.settings.server;
  if (!server.public_url.empty()) return server.public_url;
  std::string running;
  if (std::ifstream file(url_path(effective.settings)); std::getline(file, running) && !running.empty()) return running;
  const bool v6 = server.host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", server.tls_certificate.empty() ? "http" : "https", v6 ? "[" : "", server.host,
                     v6 ? "]" : "", server.port);
}

Result<Space> find_space(const CatalogData& catalog, SpaceKind kind, std::string_view name) {
  const auto number = parse_number(name);
  std::string known;
  for (const Space& space : catalog.spaces) {
    if (space.kind != kind) continue;
    if (space.slug == name || (number && space.id.value == *number)) return space;
    known += (known.empty() ? "" : ", ") + space.slug;
  }
  return Error{Errc::not_found,
               fmt::format("There is no {} '{}'. {}", to_word(kind), printable(name),
                           known.empty() ? fmt::format("Make one with: postern {} add --title …", to_word(kind))
                                         : "There are: " + known + "."),
               ""};
}

Result<Webhook> find_webhook(const CatalogData& catalog, std::string_view number) {
  const auto id = parse_number(number);
  for (const Webhook& webhook : catalog.webhooks) {
    if (id && webhook.id.value == *id) return webhook;
  }
  return Error{Errc::not_found,
               fmt::format("There is no webhook {}. `postern webhook list` shows their numbers.", printable(number)),
               ""};
}

Result<void> confirm(const Context& context, const std::string& question) {
  if (context.yes) return {};
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDERR_FILENO) == 0) {
    return Error{Errc::invalid, question + " Nothing was done: confirm with --yes.", ""};
  }
  std::cerr << question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return {};
  return Error{Errc::invalid, "Nothing was done.", ""};
}

}  // namespace postern
