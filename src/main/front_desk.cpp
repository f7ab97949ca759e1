#include "main/front_desk.h"

#include "admin/ui_pages.h"
#include "base/ip.h"
#include "base/json_writer.h"
#include "crypto/key_vault.h"

namespace postern {
namespace {

http::Response json_error(int status, std::string_view code, std::string_view message) {
  http::Response response;
  response.status = status;
  JsonWriter json(response.body);
  json.begin_object();
  json.key("success");
  json.boolean(false);
  json.key("message");
  json.string(message);
  json.key("code");
  json.string(code);
  json.end_object();
  return response;
}

http::Response text(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(body);
  return response;
}

http::Response reads_only() {
  http::Response response = json_error(405, "method_not_allowed", "This page can only be read. Use GET.");
  response.headers.emplace_back("Allow", "GET, HEAD");
  return response;
}

bool is_read(const http::Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

// Without a token only a program on this very machine may ask, and not through a proxy that speaks for others.
bool may_see_metrics(const http::Request& request, const Secret& token) {
  if (!token.empty()) {
    constexpr std::string_view kScheme = "Bearer ";
    const std::string_view given = request.header("authorization").value_or("");
    if (given.size() > kScheme.size() && http::iequals(given.substr(0, kScheme.size()), kScheme)) {
      return fingerprint(given.substr(kScheme.size())) == fingerprint(token.reveal());
    }
  }
  const auto peer = IpAddress::parse(request.peer_ip);
  return peer && peer->is_loopback() && !request.header("x-forwarded-for") && !request.header("forwarded");
}

void write_server_stats(std::string& out, const http::ServerStats& stats) {
  const auto number = [&](std::string_view name, std::string_view type, std::string_view help, std::uint64_t value) {
    write_metric_head(out, name, type, help);
    write_metric(out, name, value);
  };
  number("postern_http_connections_open", "gauge", "Open connections.", stats.connections_open);
  number("postern_http_connections_total", "counter", "Connections accepted.", stats.connections_total);
  number("postern_http_connections_refused_total", "counter", "Connections refused because there were too many.",
         stats.connections_refused_total);
  number("postern_http_requests_total", "counter", "Requests with a valid head.", stats.requests_total);
  number("postern_http_malformed_total", "counter", "Requests refused before anybody could handle them.",
         stats.malformed_total);
  number("postern_http_body_bytes_total", "counter", "Bytes of request bodies.", stats.body_bytes_total);
}

}  // namespace

void FrontDesk::handle(const http::Request& request, http::Exchange exchange) {
  try {
    answer(request, exchange);
  } catch (const std::exception& exception) {  // Out of memory, mostly.
    parts_.log.error("request.failed", {{"reason", exception.what()}});
    if (exchange) exchange.reply(json_error(500, "internal", "Something went wrong on our side; nothing was changed."));
  }
}

void FrontDesk::answer(const http::Request& request, http::Exchange& exchange) {
  if (parts_.intake.take(request, exchange) || parts_.admin.take(request, exchange) ||
      parts_.portal.take(request, exchange)) {
    return;
  }
  const bool health = request.path == "/livez" || request.path == "/readyz" || request.path == "/healthz";
  if (request.refusal) {
    http::Response response = json_error(request.refusal->status, request.refusal->code, request.refusal->message);
    if (response.status == 503) response.headers.emplace_back("Retry-After", "2");
    exchange.reply(std::move(response));
  } else if ((health || request.path == "/metrics") && !is_read(request)) {
    exchange.reply(reads_only());
  } else if (request.path == "/livez") {
    exchange.reply(text(200, "ok\n"));
  } else if (health) {
    exchange.reply(ready(request));
  } else if (request.path == "/metrics") {
    exchange.reply(metrics(request));
  } else if (auto page = serve_ui(request, identify_client(request, parts_.trusted_proxies).tls)) {
    exchange.reply(std::move(*page));
  } else {
    exchange.reply(json_error(404, "not_found", "There is nothing at this address."));
  }
}

http::Response FrontDesk::ready(const http::Request& request) {
  const Result<void> writable = parts_.store.check_writable();
  const bool ok = writable.has_value() && ready_;
  if (request.query != "verbose" && request.query != "verbose=1")
    return text(ok ? 200 : 503, ok ? "ok\n" : "not ready\n");
  http::Response response;
  response.status = ok ? 200 : 503;
  JsonWriter json(response.body);
  json.begin_object();
  json.key("ready");
  json.boolean(ok);
  json.key("store");
  json.string(writable ? "writable" : writable.error().message);
  json.key("stopping");
  json.boolean(!ready_);
  json.key("queue_depth");
  json.integer(parts_.metrics.queue_depth.value());
  json.end_object();
  return response;
}

http::Response FrontDesk::metrics(const http::Request& request) const {
  if (!may_see_metrics(request, metrics_token_)) {
    return json_error(
        403, "forbidden",
        "Metrics are shown on loopback, or with the token of metrics.token as 'Authorization: Bearer …'.");
  }
  http::Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  write_metric_head(response.body, "postern_build_info", "gauge", "Always 1; the version is in the label.");
  response.body += "postern_build_info{version=\"" POSTERN_VERSION "\"} 1\n";
  parts_.metrics.write(response.body);
  write_effects(response.body);
  write_held(response.body);
  write_server_stats(response.body, parts_.server_stats());
  return response;
}

void FrontDesk::write_held(std::string& out) const {
  write_metric_head(out, "postern_held_requests", "gauge", "Requests that are held while their webhook is paused.");
  const auto counts = parts_.store.held_counts();
  if (!counts) return;
  for (const HeldCount& each : *counts) {
    write_metric(out, "postern_held_requests{webhook=\"" + std::to_string(each.webhook.value) + "\"}", each.requests);
  }
}

void FrontDesk::write_effects(std::string& out) const {
  write_metric_head(out, "postern_effects_total", "counter", "Attempts to perform an effect, by kind and result.");
  parts_.performed.write(out, "postern_effects_total");
  const auto counts = parts_.store.outbox_counts();
  if (!counts) return;
  write_metric_head(out, "postern_outbox_rows", "gauge", "Effects in the outbox that wait or were given up.");
  for (const auto& [key, n] : *counts) {
    const auto& [kind, state] = key;
    if (state != OutboxState::waiting && state != OutboxState::dead) continue;
    write_metric(out,
                 "postern_outbox_rows{kind=\"" + std::string(to_word(kind)) + "\",state=\"" +
                     std::string(to_word(state)) + "\"}",
                 n);
  }
}

}  // namespace postern
