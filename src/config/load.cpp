#include "config/load.h"

#include "config/definition.h"
#include "config/toml_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace postern {
namespace {

const SettingDefinition* find_definition(std::string_view key) {
  const auto all = setting_definitions();
  const auto it = std::find_if(all.begin(), all.end(), [&](const SettingDefinition& each) { return each.key == key; });
  return it == all.end() ? nullptr : &*it;
}

// Levenshtein's distance, for "did you mean".
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.back();
}

Error unknown_key(std::string_view where, std::string_view key) {
  const auto all = setting_definitions();
  const auto nearest = std::min_element(all.begin(), all.end(), [&](const auto& a, const auto& b) {
    return distance(a.key, key) < distance(b.key, key);
  });
  return {Errc::invalid,
          fmt::format("{}: there is no setting '{}'. Did you mean '{}'? `postern config` lists all.", where, key,
                      nearest->key),
          ""};
}

std::string environment_name(std::string_view key) {
  std::string out = "POSTERN_";
  for (const char c : key) {
    out += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

Result<std::string> read_secret_file(const std::string& path, std::string_view name) {
  std::ifstream file(path);
  if (!file) {
    return Error{Errc::invalid, fmt::format("The file {} that {} names cannot be read.", path, name), ""};
  }
  std::stringstream text;
  text << file.rdbuf();
  std::string value = text.str();
  while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) value.pop_back();
  return value;
}

class Loader {
 public:
  Loader() {
    for (const SettingDefinition& each : setting_definitions()) origins_[std::string(each.key)] = "default";
  }

  Result<void> set(std::string_view key, std::string_view value, const std::string& origin, std::string_view where) {
    const SettingDefinition* definition = find_definition(key);
    if (definition == nullptr) return unknown_key(where, key);
    if (const Result<void> read = definition->read(out_.settings, value); !read) {
      const std::string shown = definition->is_secret ? "(a secret)" : fmt::format("'{}'", value);
      return Error{
          Errc::invalid,
          fmt::format("{}: {} = {}: {}. It must be {}.", where, key, shown, read.error().message, definition->expects),
          ""};
    }
    origins_[std::string(key)] = origin;
    return {};
  }

  Result<void> environment(const Environment& environment) {
    for (const SettingDefinition& each : setting_definitions()) {
      const std::string name = environment_name(each.key);
      if (const auto it = environment.find(name); it != environment.end()) {
        TRY(set(each.key, it->second, "environment " + name, "environment " + name));
      }
      if (const auto it = environment.find(name + "_FILE"); it != environment.end() && each.is_secret) {
        const std::string secret = TRY(read_secret_file(it->second, name + "_FILE"));
        TRY(set(each.key, secret, "environment " + name + "_FILE", "environment " + name + "_FILE"));
      }
    }
    return {};
  }

  Result<Effective> finish() && {
    const Settings::Server& server = out_.settings.server;
    if (server.tls_certificate.empty() != server.tls_key.empty()) {
      return Error{Errc::invalid,
                   "TLS needs both server.tls_certificate and server.tls_key (--tls-cert and --tls-key).", ""};
    }
    if (!server.public_url.empty() && !server.public_url.starts_with("http://") &&
        !server.public_url.starts_with("https://")) {
      return Error{Errc::invalid, "server.public_url must begin with https:// (or http://).", ""};
    }
    const Settings::Mail& mail = out_.settings.mail;
    if (mail.transport == MailTransportKind::smtp && (mail.host.empty() || mail.from.empty())) {
      return Error{Errc::invalid,
                   "mail.transport = smtp needs mail.host, the mail server, and mail.from, the address that mails come "
                   "from.",
                   ""};
    }
    for (const SettingDefinition& each : setting_definitions()) {
      out_.values.push_back({std::string(each.key), each.write(out_.settings), origins_[std::string(each.key)]});
    }
    return std::move(out_);
  }

 private:
  Effective out_;
  std::map<std::string, std::string> origins_;
};

}  // namespace

Environment read_environment(char** environment) {
  Environment out;
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    const std::size_t equals = entry.find('=');
    if (equals != std::string_view::npos) out.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return out;
}

Result<Effective> load_settings(const std::string& file, const Environment& environment,
                                const std::vector<FlagValue>& flags) {
  Loader loader;
  if (!file.empty()) {
    for (const FileValue& each : TRY(read_toml(file))) {
      const std::string where = fmt::format("{}:{}", file, each.line);
      TRY(loader.set(each.key, each.value, "file " + where, where));
    }
  }
  TRY(loader.environment(environment));
  for (const FlagValue& each : flags) TRY(loader.set(each.key, each.value, "flag " + each.flag, each.flag));
  return std::move(loader).finish();
}

std::string config_reference() {
  std::string out =
      "# Settings\n\nPrinted by `postern config --markdown`; do not edit.\n\n"
      "A flag wins over the environment, the environment over the file (`--config FILE` or `POSTERN_CONFIG`), the "
      "file\n"
      "over the default. In the file (TOML) the part before the dot is the table. `postern config` shows what is in "
      "force\n"
      "and where it came from.\n\n| setting | environment | default | what it does |\n|---|---|---|---|\n";
  const Settings defaults;
  for (const SettingDefinition& each : setting_definitions()) {
    const std::string name = environment_name(each.key);
    const std::string value = each.write(defaults);
    out += fmt::format("| `{}` | `{}`{} | {} | {} ({}) |\n", each.key, name,
                       each.is_secret ? fmt::format(" or `{}_FILE`", name) : "", value.empty() ? "" : "`" + value + "`",
                       each.about, each.expects);
  }
  return out;
}

std::string limits_reference() {
  std::string out =
      "# Limits\n\nPrinted by `postern config --limits-markdown`; do not edit. Each can be changed in the settings, "
      "see\n"
      "`config.md`.\n\n| limit | default | what happens past it |\n|---|---|---|\n";
  const Settings defaults;
  for (const SettingDefinition& each : setting_definitions()) {
    const bool of_scripts = each.key == "hooks.memory_bytes" || each.key == "hooks.instructions" ||
                            each.key == "hooks.time_ms" || each.key == "hooks.queue";
    if (each.key.starts_with("limits.") || each.key.starts_with("deliveries.") || of_scripts) {
      out += fmt::format("| `{}` | `{}` | {} |\n", each.key, each.write(defaults), each.about);
    }
  }
  out +=
      "\nFixed, because nobody needs them otherwise:\n\n| limit | value | why |\n|---|---|---|\n"
      "| e-mail address | 100 bytes | the column of a WordPress site, so that every store takes the same addresses |\n"
      "| login | 60 bytes | likewise |\n"
      "| display name | 250 characters | likewise |\n"
      "| one field of a form that is used | 20,000 bytes | more is a mistake; past it 400 |\n"
      "| password | 4,096 bytes | as WordPress; past it 400 |\n"
      "| Idempotency-Key | 255 bytes | past it 400 |\n"
      "| script | 256 KiB | more is a mistake; past it the script is broken |\n"
      "| meta of a user | 16 KiB, 8 levels | it is read with every look at the user; past it the script has failed |\n"
      "| events that one delivery emits | 20 of 32 KiB | past it the script has failed |\n"
      "| chunk extensions and trailers | 8,192 bytes | past it 400 |\n"
      "| deliveries in one transaction | 1,024 | so that a long queue is answered bit by bit |\n";
  return out;
}

}  // namespace postern
