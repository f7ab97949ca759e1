#include "admin/ui_pages.h"

#include "login/page_headers.h"

#include <algorithm>

namespace postern {
namespace {

constexpr std::string_view kHome = "/admin/";
constexpr std::string_view kAssets = "/admin/assets/";
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src "
    "'self'; "
    "object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

// Calls `use` with each element of a comma-separated list, without the white space around it.
template <typename Use>
void for_each_element(std::string_view list, Use use) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view element = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    while (!element.empty() && (element.front() == ' ' || element.front() == '\t')) element.remove_prefix(1);
    while (!element.empty() && (element.back() == ' ' || element.back() == '\t')) element.remove_suffix(1);
    if (!element.empty()) use(element);
  }
}

// "gzip;q=0" is a refusal, however many zeros it has. Source: RFC 9110 §12.4.2.
bool is_refused(std::string_view parameters) {
  std::size_t at = parameters.find("q=");
  if (at == std::string_view::npos) at = parameters.find("Q=");
  if (at == std::string_view::npos) return false;
  const std::string_view weight = parameters.substr(at + 2);
  return weight.find_first_of("123456789") == std::string_view::npos;
}

// Does one of the elements of the header carry that name, and is it not refused?
bool accepts(std::optional<std::string_view> header, std::string_view name) {
  bool found = false;
  for_each_element(header.value_or(""), [&](std::string_view element) {
    const std::size_t end = element.find_first_of("; \t");
    if (!http::iequals(element.substr(0, end), name)) return;
    found = end == std::string_view::npos || !is_refused(element.substr(end));
  });
  return found;
}

// A browser that navigates says text/html; a program that says nothing, or anything, is shown the page too.
bool accepts_html(const http::Request& request) {
  const auto accept = request.header("accept");
  return !accept || accepts(accept, "text/html") || accepts(accept, "text/*") || accepts(accept, "*/*");
}

// Weak comparison, as a GET wants it. Source: RFC 9110 §13.1.2.
bool has_already(const http::Request& request, std::string_view etag) {
  bool same = false;
  for_each_element(request.header("if-none-match").value_or(""), [&](std::string_view tag) {
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    same = same || tag == "*" || tag == etag;
  });
  return same;
}

http::Response asset_response(const http::Request& request, const WebAsset& asset, std::string_view cache) {
  http::Response response;
  response.content_type = asset.content_type;
  response.headers.emplace_back("Cache-Control", cache);
  response.headers.emplace_back("Vary", "Accept-Encoding");
  const bool zipped = !asset.gzip.empty() && accepts(request.header("accept-encoding"), "gzip");
  // Two representations, two tags: they differ in their bytes. Source: RFC 9110 §8.8.3.
  std::string etag(asset.etag);
  if (zipped) etag.insert(etag.size() - 1, "-gz");
  response.headers.emplace_back("ETag", etag);
  if (has_already(request, etag)) {
    response.status = 304;
    return response;
  }
  if (zipped) response.headers.emplace_back("Content-Encoding", "gzip");
  response.body = zipped ? asset.gzip : asset.identity;
  return response;
}

http::Response no_such_asset() {
  http::Response response;
  response.status = 404;
  response.content_type = "text/plain; charset=utf-8";
  response.body = "There is no such file: the pages may have been updated. Reload the page.\n";
  return response;
}

http::Response to_home() {
  http::Response response;
  response.status = 303;
  response.content_type = "text/plain; charset=utf-8";
  response.headers.emplace_back("Location", kHome);
  return response;
}

}  // namespace

const WebAsset* find_asset(std::string_view path) {
  const auto assets = web_assets();
  const auto at = std::ranges::find(assets, path, &WebAsset::path);
  return at == assets.end() ? nullptr : &*at;
}

std::optional<http::Response> serve_ui(const http::Request& request, bool secure) {
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  std::optional<http::Response> response;
  if (request.path == "/" && request.query.empty()) {
    response = to_home();
  } else if (request.path.starts_with(kAssets)) {
    const WebAsset* asset = find_asset(request.path.substr(kHome.size()));
    response =
        asset == nullptr ? no_such_asset() : asset_response(request, *asset, "public, max-age=31536000, immutable");
  } else if (request.path == "/docs" || request.path == "/docs/" || request.path == "/docs/docs.css") {
    const WebAsset* asset = find_asset(request.path.ends_with(".css") ? "docs/docs.css" : "docs/index.html");
    if (asset == nullptr) return std::nullopt;
    response = asset_response(request, *asset, "no-cache");
  } else if ((request.path == "/admin" || request.path.starts_with(kHome)) && accepts_html(request)) {
    const WebAsset* page = find_asset("index.html");
    if (page == nullptr) return std::nullopt;
    response = request.path == "/admin" ? to_home() : asset_response(request, *page, "no-cache");
  }
  if (response) add_page_headers(response->headers, kPolicy, secure);
  return response;
}

}  // namespace postern
