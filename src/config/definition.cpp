#include "config/definition.h"

#include "config/definition_hooks.h"
#include "config/definition_outgoing.h"
#include "config/setting_makers.h"

#include <array>

namespace postern {

using settings::expected;
using settings::parse_integer;

namespace {

using settings::choice;
using settings::duration;
using settings::flag;
using settings::list;
using settings::number;
using settings::secret;
using settings::size;
using settings::text;
using settings::Words;

SettingDefinition listen() {
  return {"server.listen", "HOST:PORT", "Where to listen. Port 0 lets the system choose one.",
          [](Settings& s, std::string_view value) { return parse_listen(s.server, value); },
          [](const Settings& s) { return listen_text(s.server); }};
}

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
constexpr std::size_t kKi = 1024;
constexpr std::size_t kMi = 1024 * kKi;

std::vector<SettingDefinition> server_and_store() {
  return {
      listen(),
      number(
          "server.threads", "I/O threads. One serves tens of thousands of requests a second.",
          [](Settings& s) { return &s.server.threads; }, 1, 64),
      text(
          "server.tls_certificate", "PEM file with the certificate chain. With it the server speaks TLS only.",
          [](Settings& s) { return &s.server.tls_certificate; }, "a file"),
      text(
          "server.tls_key", "PEM file with the certificate's private key.",
          [](Settings& s) { return &s.server.tls_key; }, "a file"),
      flag("server.insecure_http",
           "Accept webhooks over plain HTTP from anywhere. The secret in the URL is then readable on the way.",
           [](Settings& s) { return &s.server.insecure_http; }),
      list<IpNetwork>(
          "server.trusted_proxies", "IP addresses and networks, separated by commas",
          "Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; from all others they are ignored.",
          [](Settings& s) { return &s.server.trusted_proxies; }, "IP address or network"),
      text(
          "server.public_url",
          "What webhook URLs begin with, as the world sees this server. Empty: the address it listens on.",
          [](Settings& s) { return &s.server.public_url; }, "a URL"),
      duration(
          "server.shutdown_grace", "How long requests under way may take after SIGTERM.",
          [](Settings& s) { return &s.server.shutdown_grace; }, seconds{0}, hours{1}),
      text(
          "store.data", "Folder of the database and the key file.", [](Settings& s) { return &s.store.data; },
          "a folder"),
      text(
          "store.key_file",
          "The key file. Empty: postern.key in the data folder. Without it no webhook URL is recognised.",
          [](Settings& s) { return &s.store.key_file; }, "a file"),
      size(
          "store.cache_bytes", "Memory for the database's pages.", [](Settings& s) { return &s.store.cache_bytes; },
          kMi, 64 * 1024 * kMi),
      size(
          "store.people_bytes",
          "Memory for persons who are known by heart, about 80 bytes each; past it some are looked up on the disk.",
          [](Settings& s) { return &s.store.people_bytes; }, 0, 64 * 1024 * kMi),
  };
}

std::vector<SettingDefinition> limits() {
  return {
      number(
          "limits.connections", "Open connections; further ones are answered 503.",
          [](Settings& s) { return &s.limits.connections; }, 1, 1'000'000),
      size(
          "limits.head_bytes", "Request line and header fields; past it 431, or 414 if it is the request line.",
          [](Settings& s) { return &s.limits.head_bytes; }, kKi, kMi),
      number(
          "limits.headers", "Header fields of a request; past it 431.", [](Settings& s) { return &s.limits.headers; },
          10, 10'000),
      size(
          "limits.body_bytes", "Body of a request; past it 413.", [](Settings& s) { return &s.limits.body_bytes; }, kKi,
          256 * kMi),
      size(
          "limits.body_memory_bytes", "Bodies that are arriving, all together; past it 503.",
          [](Settings& s) { return &s.limits.body_memory_bytes; }, kMi, 64 * 1024 * kMi),
      number(
          "limits.fields", "Fields of a form, parts of a multipart body; past it 400.",
          [](Settings& s) { return &s.limits.fields; }, 1, 100'000),
      size(
          "limits.part_head_bytes", "Head of one multipart part; past it 400.",
          [](Settings& s) { return &s.limits.part_head_bytes; }, kKi, kMi),
      number(
          "limits.json_depth", "Nesting of a JSON body; past it 400.", [](Settings& s) { return &s.limits.json_depth; },
          1, 1000),
      duration(
          "limits.head_timeout", "From a request's first byte to the end of its head; past it 408.",
          [](Settings& s) { return &s.limits.head_timeout; }, seconds{1}, hours{1}),
      duration(
          "limits.body_timeout", "From the end of the head to the end of the body; past it 408.",
          [](Settings& s) { return &s.limits.body_timeout; }, seconds{1}, hours{1}),
      duration(
          "limits.idle_timeout", "Between two requests of a connection; past it the connection is closed.",
          [](Settings& s) { return &s.limits.idle_timeout; }, seconds{1}, hours{24}),
      duration(
          "limits.write_timeout", "For a client to take its reply; past it the connection is closed.",
          [](Settings& s) { return &s.limits.write_timeout; }, seconds{1}, hours{1}),
      number(
          "limits.queue_deliveries", "Deliveries waiting to be committed; past it 503.",
          [](Settings& s) { return &s.limits.queue_deliveries; }, 1, 10'000'000),
      size(
          "limits.queue_bytes", "The same in memory; past it 503.", [](Settings& s) { return &s.limits.queue_bytes; },
          kMi, 64 * 1024 * kMi),
      number(
          "limits.password_queue", "Deliveries waiting for a password to be hashed, at about 50 a second; past it 503.",
          [](Settings& s) { return &s.limits.password_queue; }, 1, 100'000),
  };
}

std::vector<SettingDefinition> the_rest() {
  return {
      duration(
          "deliveries.keep_for", "How long deliveries stay in the log.",
          [](Settings& s) { return &s.deliveries.keep_for; }, hours{1}, hours{24 * 3660}),
      number(
          "deliveries.keep_rows", "How many deliveries stay in the log.",
          [](Settings& s) { return &s.deliveries.keep_rows; }, 1, 1'000'000'000),
      size(
          "deliveries.payload_bytes", "How much of a body is kept in the log. What is cut cannot be replayed.",
          [](Settings& s) { return &s.deliveries.payload_bytes; }, 0, 16 * kMi),
      duration(
          "deliveries.keep_repeat_keys_for", "How long an Idempotency-Key or the id of an event is remembered.",
          [](Settings& s) { return &s.deliveries.keep_repeat_keys_for; }, hours{1}, hours{24 * 3660}),
      text(
          "sources.folder",
          "Folder of your own presets of senders, as TOML or JSON; see sources.md. One with the name of a shipped "
          "preset "
          "takes its place. Empty: sources in the data folder, if there is one.",
          [](Settings& s) { return &s.sources.folder; }, "a folder"),
      flag("users.create", "Create a user for an unknown address. If not, such deliveries are refused.",
           [](Settings& s) { return &s.users.create; }),
      duration(
          "admin.session_idle", "An admin who has not done anything for so long has to log in again.",
          [](Settings& s) { return &s.admin.session_idle; }, minutes{1}, hours{24 * 366}),
      duration(
          "admin.session_lifetime", "An admin has to log in again after this in any case.",
          [](Settings& s) { return &s.admin.session_lifetime; }, minutes{1}, hours{24 * 366}),
      secret(
          "metrics.token", "text of at least 16 characters",
          "Whoever sends it as 'Authorization: Bearer …' may read /metrics from elsewhere than loopback.",
          [](Settings& s) { return &s.metrics.token; }, 16),
      choice(
          "log.level", "debug, info, warn or error", "Events below this level are not written.",
          [](Settings& s) { return &s.log.level; },
          Words<LogLevel, 4>{{{"debug", LogLevel::debug},
                              {"info", LogLevel::info},
                              {"warn", LogLevel::warn},
                              {"error", LogLevel::error}}}),
      choice(
          "log.format", "logfmt or json", "How a line of the log is written to standard error.",
          [](Settings& s) { return &s.log.format; },
          Words<LogFormat, 2>{{{"logfmt", LogFormat::logfmt}, {"json", LogFormat::json}}}),
  };
}

}  // namespace

std::span<const SettingDefinition> setting_definitions() {
  static const std::vector<SettingDefinition> all = [] {
    std::vector<SettingDefinition> out = server_and_store();
    for (auto part :
         {limits(), outgoing_definitions(), mail_settings(), the_rest(), portal_settings(), hooks_definitions()}) {
      for (SettingDefinition& each : part) out.push_back(std::move(each));
    }
    return out;
  }();
  return all;
}

Result<std::size_t> parse_size(std::string_view text) {
  struct Unit {
    std::string_view suffix;
    std::size_t factor;
  };
  constexpr std::array<Unit, 7> kUnits{{{"KiB", kKi},
                                        {"MiB", kMi},
                                        {"GiB", 1024 * kMi},
                                        {"KB", 1000},
                                        {"MB", 1'000'000},
                                        {"GB", 1'000'000'000},
                                        {"B", 1}}};
  std::size_t factor = 1;
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.suffix)) continue;
    factor = unit.factor;
    text.remove_suffix(unit.suffix.size());
    break;
  }
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > (SIZE_MAX / 2) / factor) {
    return expected("it is not a size such as 4096, 64KiB or 1MiB");
  }
  return value * factor;
}

Result<void> parse_listen(Settings::Server& server, std::string_view text) {
  const std::size_t colon = text.rfind(':');
  std::string_view host = text.substr(0, colon == std::string_view::npos ? 0 : colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const Result<std::int64_t> port =
      colon == std::string_view::npos ? Result<std::int64_t>(-1) : parse_integer(text.substr(colon + 1));
  const bool bare_v6 = !bracketed && host.find(':') != std::string_view::npos;
  if (!port || *port < 0 || *port > 65535 || bare_v6) {
    return expected("it is not HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080");
  }
  server.host = host.empty() ? "0.0.0.0" : std::string(host);
  server.port = static_cast<std::uint16_t>(*port);
  return {};
}

std::string listen_text(const Settings::Server& server) {
  const bool v6 = server.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", server.host, v6 ? "]" : "", server.port);
}

}  // namespace postern
