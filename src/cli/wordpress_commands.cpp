#include "cli/wordpress_commands.h"

#include "base/utf8.h"
#include "cli/output.h"
#include "cli/source_files.h"
#include "store/wordpress/doctor.h"
#include "store/wordpress/proxy_lines.h"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace postern {
namespace {

namespace json = boost::json;

using wordpress::Diagnosis;
using wordpress::Finding;
using wordpress::ProxyLines;
using wordpress::Verdict;

Result<wordpress::SiteOverrides> overrides_of(const WordPressFlags& flags) {
  wordpress::SiteOverrides out{.db_host = flags.db_host,
                               .db_name = flags.db_name,
                               .db_user = flags.db_user,
                               .db_password = std::nullopt,
                               .table_prefix = flags.table_prefix};
  if (!flags.db_password_file.empty()) {
    std::vector<Secret> secrets = TRY(read_secrets(flags.db_password_file));
    if (secrets.size() != 1) {
      return Error{Errc::invalid,
                   fmt::format("The file {} must hold the password on one line.", flags.db_password_file), ""};
    }
    out.db_password = std::move(secrets.front());
  }
  return out;
}

// Where a proxy on this machine reaches Postern.
std::string upstream_of(const Settings::Server& server) {
  const bool anywhere = server.host == "0.0.0.0" || server.host == "::";
  const std::string host = anywhere ? "127.0.0.1" : server.host;
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, server.port)
                                             : fmt::format("[{}]:{}", host, server.port);
}

std::string sentence(std::size_t problems, std::size_t warnings) {
  if (problems == 0 && warnings == 0) return "All is well.";
  return fmt::format("{} problem{}, {} warning{}.", problems, problems == 1 ? "" : "s", warnings,
                     warnings == 1 ? "" : "s");
}

void print_lines(std::string_view head, std::string_view text) {
  print_line(fmt::format("\n# {}", head));
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    print_line(fmt::format("  {}", text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void print_text(const Diagnosis& diagnosis, const ProxyLines& lines) {
  if (!diagnosis.config_path.empty()) print_line("Site: " + printable(diagnosis.config_path));
  for (const Finding& each : diagnosis.report.findings()) {
    print_line(fmt::format("{:<8} {:<22} {}", wordpress::to_word(each.verdict), each.check, printable(each.says)));
    if (!each.advice.empty()) print_line(fmt::format("{:<31} → {}", "", printable(each.advice)));
  }
  print_line(sentence(diagnosis.report.count(Verdict::problem), diagnosis.report.count(Verdict::warning)));
  if (diagnosis.config_path.empty()) return;
  print_line(
      "\nThese lines send the webhooks' URLs to Postern and leave all else to WordPress. Serving a WordPress site is "
      "not "
      "built\nyet: use them when it is.");
  print_lines("nginx: in the server { } of the site, before its locations", lines.nginx);
  print_lines("Apache: in the <VirtualHost> of the site", lines.apache);
  print_lines("Caddy: in the block of the site", lines.caddy);
}

json::string text_of(std::string_view text) {
  return json::string(utf8::sanitized(text));
}

void print_report(const Diagnosis& diagnosis, const ProxyLines& lines) {
  json::array checks;
  for (const Finding& each : diagnosis.report.findings()) {
    checks.push_back({{"check", each.check},
                      {"verdict", std::string(wordpress::to_word(each.verdict))},
                      {"says", text_of(each.says)},
                      {"advice", each.advice.empty() ? json::value(nullptr) : json::value(text_of(each.advice))}});
  }
  print_json(json::object{{"config", text_of(diagnosis.config_path)},
                          {"problems", diagnosis.report.count(Verdict::problem)},
                          {"warnings", diagnosis.report.count(Verdict::warning)},
                          {"checks", std::move(checks)},
                          {"proxy", {{"nginx", lines.nginx}, {"apache", lines.apache}, {"caddy", lines.caddy}}}});
}

}  // namespace

Result<bool> examine_wordpress(const Context& context, const WordPressFlags& flags) {
  const wordpress::Visit visit{.path = flags.path,
                               .overrides = TRY(overrides_of(flags)),
                               .environment = [&context](const std::string& name) -> std::optional<std::string> {
                                 const auto it = context.environment.find(name);
                                 return it == context.environment.end() ? std::nullopt : std::optional(it->second);
                               },
                               .now = context.clock.now()};
  const Diagnosis diagnosis = wordpress::examine(visit);
  const ProxyLines lines = wordpress::proxy_lines(diagnosis.home, upstream_of(context.effective.settings.server));
  if (context.json) {
    print_report(diagnosis, lines);
  } else {
    print_text(diagnosis, lines);
  }
  return diagnosis.report.count(Verdict::problem) == 0;
}

}  // namespace postern
