// The settings of the program, typed and checked. config/ is the only reader of the configuration file and of the
// environment; one table (definition.cpp) names every setting with its default, unit, limits and reason, and
// docs/config.md and docs/limits.md are printed from it.
#pragma once

#include "base/ip.h"
#include "base/log_stderr.h"
#include "base/result.h"
#include "base/secret.h"
#include "model/mail.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

struct Settings {
  struct Server {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080;
    unsigned threads = 1;         // I/O threads
    std::string tls_certificate;  // PEM file; both or none
    std::string tls_key;
    bool insecure_http = false;  // accept plain HTTP from anywhere
    std::vector<IpNetwork> trusted_proxies;
    std::string public_url;  // what webhook URLs begin with; empty: http(s)://host:port
    std::chrono::seconds shutdown_grace{20};
  } server;
  struct Store {
    std::string data = "./postern-data";  // folder of the database and the key file
    std::string key_file;                 // empty: postern.key in the data folder
    std::size_t cache_bytes = 64UL * 1024 * 1024;
    std::size_t people_bytes = 64UL * 1024 * 1024;
  } store;
  struct Limits {
    std::size_t connections = 10'000;
    std::size_t head_bytes = 16UL * 1024;
    std::size_t headers = 100;
    std::size_t body_bytes = 1024UL * 1024;
    std::size_t body_memory_bytes = 64UL * 1024 * 1024;
    std::size_t fields = 1000;
    std::size_t part_head_bytes = 16UL * 1024;
    std::size_t json_depth = 32;
    std::chrono::seconds head_timeout{10};
    std::chrono::seconds body_timeout{30};
    std::chrono::seconds idle_timeout{75};
    std::chrono::seconds write_timeout{30};
    std::size_t queue_deliveries = 16'384;
    std::size_t queue_bytes = 64UL * 1024 * 1024;
    std::size_t password_queue = 256;
  } limits;
  struct Deliveries {
    std::chrono::hours keep_for{24 * 30};
    std::int64_t keep_rows = 1'000'000;
    std::size_t payload_bytes = 64UL * 1024;  // of a body kept in the log
    std::chrono::hours keep_repeat_keys_for{24 * 30};
  } deliveries;
  struct Users {
    bool create = true;
  } users;
  struct Administration {
    std::chrono::seconds session_idle{12 * 3600};
    std::chrono::seconds session_lifetime{30 * 24 * 3600};
  } admin;
  struct Portal {
    bool enabled = true;
    std::chrono::seconds link_lifetime{60 * 60};  // of a set-password link
    std::chrono::seconds session_idle{7 * 24 * 3600};
    std::chrono::seconds session_lifetime{30 * 24 * 3600};
    std::string cookie_domain;  // "example.com"; empty: the cookie is for the portal's own host only
  } portal;
  struct Sources {
    std::string folder;  // of the operator's own presets; empty: sources in the data folder
  } sources;
  struct Hooks {
    std::string folder;          // of the scripts; empty: hooks in the data folder
    bool ignore_errors = false;  // of a script that fails; if not, its delivery is not done
    std::size_t memory_bytes = 16UL * 1024 * 1024;
    std::int64_t instructions = 1'000'000;
    unsigned time_ms = 250;
    unsigned threads = 2;
    std::size_t queue = 1024;
  } hooks;
  struct Outgoing {
    std::vector<IpNetwork> allow;  // though they are not public
    std::vector<PortRange> ports{{80, 80}, {443, 443}, {8080, 8080}, {8443, 8443}};
    std::chrono::seconds timeout{15};
    std::chrono::seconds pause_after{5 * 24 * 3600};
    std::string ca_file;  // PEM; empty: the system's
  } outgoing;
  struct Site {
    std::string name;  // Of the community; empty: the host name of `url`.
    std::string url;   // Of the community; empty: server.public_url, or the address that the server listens on.
  } site;
  struct Mail {
    MailTransportKind transport = MailTransportKind::none;
    std::string host;
    std::uint16_t port = 0;  // 0: the one that goes with `security`.
    MailSecurity security = MailSecurity::starttls;
    std::string user;
    Secret password;
    std::string from;       // Empty with transport `file`: postern@localhost.
    std::string from_name;  // Empty: the community's name.
    std::chrono::seconds timeout{30};
    std::string ca_file;  // Empty: the system's.
    std::string folder;   // Of the transport `file`; empty: mail in the data folder.
  } mail;
  struct Metrics {
    Secret token;  // for /metrics from elsewhere than loopback; empty: loopback only
  } metrics;
  struct Logging {
    LogLevel level = LogLevel::info;
    LogFormat format = LogFormat::logfmt;
  } log;
};

}  // namespace postern
