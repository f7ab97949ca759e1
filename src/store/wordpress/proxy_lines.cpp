#include "store/wordpress/proxy_lines.h"

#include <algorithm>

namespace postern::wordpress {
namespace {

// "https://example.com/blog/" → "/blog". Only what can stand in a configuration as it is: else as if there were none.
std::string folder_of(std::string_view home) {
  const std::size_t scheme = home.find("://");
  if (scheme == std::string_view::npos) return "";
  const std::size_t path = home.find('/', scheme + 3);
  std::string out(path == std::string_view::npos ? "" : home.substr(path));
  while (out.ends_with('/')) out.pop_back();
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-/";
  return out.find_first_not_of(kPlain) == std::string::npos ? out : "";
}

// Every @FOLDER@ and @UPSTREAM@ of the template filled in.
std::string filled(std::string text, std::string_view folder, std::string_view upstream) {
  const auto replace = [&text](std::string_view what, std::string_view with) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
      text.replace(at, what.size(), with);
    }
  };
  replace("@FOLDER@", folder);
  replace("@UPSTREAM@", upstream);
  return text;
}

constexpr const char* kNginx = R"conf(set $postern "";
set $postern_route "$uri?$arg_rest_route";
set $postern_action "$arg_fcom_action:$arg_webhook";
if ($uri ~* "^@FOLDER@(/index\.php)?/wp-json/+fluent-community/v2/webhook/[^/]+/?$") { set $postern 1; }
if ($postern_route ~* "^@FOLDER@/(index\.php)?\?(/|%2F)+fluent-community(/|%2F)v2(/|%2F)webhook(/|%2F)") { set $postern 1; }
if ($postern_action ~ "^incoming_webhook:.") { set $postern 1; }
error_page 418 = @postern;
if ($postern) { return 418; }
location @postern {@REWRITE@
  proxy_pass http://@UPSTREAM@;
  proxy_http_version 1.1;
  proxy_set_header Host $host;
  proxy_set_header Connection "";
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Proto $scheme;
  access_log off;
}
)conf";
constexpr const char* kNginxRewrite = R"conf(
  rewrite ^@FOLDER@(/.*)$ $1 break;)conf";

constexpr const char* kApache = R"conf(# Needs the modules rewrite, proxy, proxy_http and headers.
RewriteEngine On
RewriteCond "%{REQUEST_URI}" "^@FOLDER@(/index\.php)?/wp-json/+fluent-community/v2/webhook/[^/]+/?$" [NC,OR]
RewriteCond "%{REQUEST_URI}?%{QUERY_STRING}" "^@FOLDER@/(index\.php)?\?(.*&)?rest_route=(/|%2F)+fluent-community(/|%2F)v2(/|%2F)webhook(/|%2F)" [NC,OR]
RewriteCond "&%{QUERY_STRING}&" "^(?=.*&fcom_action=incoming_webhook&).*&webhook=[^&]"
RewriteRule "^@FOLDER@/(.*)$" "http://@UPSTREAM@/$1" [P,E=POSTERN:1]
RequestHeader set X-Forwarded-Proto "expr=%{REQUEST_SCHEME}" env=POSTERN
)conf";

constexpr const char* kCaddy = R"conf(@postern expression `
  {path}.matches("(?i)^@FOLDER@(/index\\.php)?/wp-json/+fluent-community/v2/webhook/[^/]+/?$") ||
  ({path}.matches("^@FOLDER@/(index\\.php)?$") &&
    {query.rest_route}.matches("(?i)^/+fluent-community/v2/webhook/")) ||
  ({query.fcom_action} == "incoming_webhook" && {query.webhook} != "")`
handle @postern {@REWRITE@
	reverse_proxy @UPSTREAM@
}
)conf";
constexpr const char* kCaddyRewrite = R"conf(
	uri strip_prefix @FOLDER@)conf";

// A site in a folder needs one line more.
std::string with_rewrite(std::string text, std::string_view line, bool in_folder) {
  constexpr std::string_view kMark = "@REWRITE@";
  return text.replace(text.find(kMark), kMark.size(), in_folder ? line : "");
}

}  // namespace

ProxyLines proxy_lines(std::string_view home, std::string_view upstream) {
  const std::string folder = folder_of(home);
  const bool in_folder = !folder.empty();
  return {.nginx = filled(with_rewrite(kNginx, kNginxRewrite, in_folder), folder, upstream),
          .apache = filled(kApache, folder, upstream),
          .caddy = filled(with_rewrite(kCaddy, kCaddyRewrite, in_folder), folder, upstream)};
}

}  // namespace postern::wordpress
