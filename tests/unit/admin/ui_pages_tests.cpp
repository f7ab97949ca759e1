#include "admin/ui_pages.h"
#include "admin/web_assets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace postern {
namespace {

using testing::HasSubstr;

struct Browser {
  std::vector<http::Header> headers;

  std::optional<http::Response> get(std::string_view path, std::string_view query = "", bool secure = false,
                                    std::string_view method = "GET") const {
    http::Request request;
    request.method = method;
    request.path = path;
    request.query = query;
    request.headers = headers;
    return serve_ui(request, secure);
  }
};

std::string header(const http::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (http::iequals(key, name)) return value;
  }
  return "(none)";
}

std::string first_script() {
  for (const WebAsset& asset : web_assets()) {
    if (asset.path.ends_with(".js")) return std::string(asset.path);
  }
  return "";
}

TEST(UiPages, TheProgramHoldsThePagesAndWhatTheyName) {
  const auto assets = web_assets();
  ASSERT_TRUE(std::ranges::is_sorted(assets, {}, &WebAsset::path));
  const auto index = std::ranges::find(assets, "index.html", &WebAsset::path);
  ASSERT_NE(index, assets.end());
  for (const WebAsset& asset : assets) {
    EXPECT_TRUE(asset.path == "index.html" || asset.path.starts_with("assets/") || asset.path.starts_with("docs/"))
        << asset.path;
    EXPECT_FALSE(asset.identity.empty());
    EXPECT_TRUE(asset.gzip.empty() || asset.gzip.starts_with("\x1f\x8b")) << asset.path;
    EXPECT_TRUE(asset.etag.starts_with('"') && asset.etag.ends_with('"') && asset.etag.size() == 34) << asset.etag;
  }
}

// CSP row: nothing inline, nothing from elsewhere.
TEST(UiPages, ThePageHasNoInlineScriptOrStyle) {
  const auto response = Browser{}.get("/admin/");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body.find("<style"), std::string::npos);
  EXPECT_EQ(response->body.find(" style="), std::string::npos);
  EXPECT_EQ(response->body.find("http://"), std::string::npos);
  EXPECT_EQ(response->body.find("https://"), std::string::npos);
  for (std::size_t at = response->body.find("<script"); at != std::string::npos;
       at = response->body.find("<script", at + 1)) {
    const std::string tag = response->body.substr(at, response->body.find("</script>", at) - at);
    EXPECT_THAT(tag, HasSubstr("src=\"/admin/assets/"));
    EXPECT_TRUE(tag.ends_with(">")) << tag;
  }
}

TEST(UiPages, TheRootLeadsToThePages) {
  const auto response = Browser{}.get("/");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 303);
  EXPECT_EQ(header(*response, "Location"), "/admin/");
  EXPECT_EQ(Browser{}.get("/", "rest_route=/x"), std::nullopt);
  EXPECT_EQ(header(Browser{}.get("/admin").value(), "Location"), "/admin/");
}

TEST(UiPages, EveryAddressOfTheUiIsTheOnePage) {
  for (const std::string_view path : {"/admin/", "/admin/login", "/admin/webhooks/12", "/admin/no/such/page"}) {
    const auto response = Browser{}.get(path, "tab=setup");
    ASSERT_TRUE(response) << path;
    EXPECT_EQ(response->status, 200) << path;
    EXPECT_EQ(response->content_type, "text/html; charset=utf-8");
    EXPECT_EQ(header(*response, "Cache-Control"), "no-cache");
    EXPECT_THAT(response->body, HasSubstr("<div id=\"app\">"));
  }
}

TEST(UiPages, WhatIsNotTheUiIsLeftToOthers) {
  EXPECT_EQ(Browser{}.get("/admin/login", "", false, "POST"), std::nullopt);
  EXPECT_EQ(Browser{}.get("/", "", false, "POST"), std::nullopt);
  EXPECT_EQ(Browser{}.get("/administrator"), std::nullopt);
  EXPECT_EQ(Browser{}.get("/api/v1/session"), std::nullopt);
  EXPECT_EQ((Browser{{{"Accept", "application/json"}}}.get("/admin/login")), std::nullopt);
  EXPECT_TRUE((Browser{{{"Accept", "application/json, text/*;q=0.5"}}}.get("/admin/login")));
}

TEST(UiPages, AnAssetIsKeptForEver) {
  const auto response = Browser{}.get("/admin/" + first_script());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(header(*response, "Cache-Control"), "public, max-age=31536000, immutable");
}

TEST(UiPages, AnUnknownAssetIsNotFoundAndNotKept) {
  for (const std::string_view path :
       {"/admin/assets/none.js", "/admin/assets/", "/admin/assets/../index.html", "/admin/assets/%2e%2e/index.html"}) {
    const auto response = Browser{}.get(path);
    ASSERT_TRUE(response) << path;
    EXPECT_EQ(response->status, 404) << path;
    EXPECT_EQ(header(*response, "Cache-Control"), "(none)");  // The writer then says no-store.
  }
}

TEST(UiPages, GzipIsSentToWhoTakesIt) {
  const std::string path = "/admin/" + first_script();
  for (const auto& [accept, zipped] : std::vector<std::pair<std::string_view, bool>>{{"gzip, deflate, br", true},
                                                                                     {"deflate,GZIP;q=0.5", true},
                                                                                     {"gzip;q=0", false},
                                                                                     {"gzip; q=0.000", false},
                                                                                     {"br", false},
                                                                                     {"", false},
                                                                                     {"xgzip", false}}) {
    const auto response = Browser{{{"Accept-Encoding", accept}}}.get(path);
    ASSERT_TRUE(response);
    EXPECT_EQ(header(*response, "Content-Encoding"), zipped ? "gzip" : "(none)") << accept;
    EXPECT_EQ(response->body.starts_with("\x1f\x8b"), zipped) << accept;
    EXPECT_EQ(header(*response, "Vary"), "Accept-Encoding");
  }
}

TEST(UiPages, WhatTheBrowserHasIsNotSentAgain) {
  const std::string etag = header(Browser{}.get("/admin/").value(), "ETag");
  for (const std::string& sent : {etag, "W/" + etag, "\"other\", " + etag, std::string("*")}) {
    const auto response = Browser{{{"If-None-Match", sent}}}.get("/admin/login");
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 304) << sent;
    EXPECT_TRUE(response->body.empty());
    EXPECT_EQ(header(*response, "ETag"), etag);
  }
  EXPECT_EQ((Browser{{{"If-None-Match", "\"other\""}}}.get("/admin/")->status), 200);
  // The gzip form is another sequence of bytes and so has another tag.
  EXPECT_EQ((Browser{{{"If-None-Match", etag}, {"Accept-Encoding", "gzip"}}}.get("/admin/")->status), 200);
}

TEST(UiPages, EveryAnswerCarriesTheHeadersThatKeepABrowserSafe) {
  for (const std::string_view path : {"/", "/admin/", "/admin/assets/none.js"}) {
    const auto response = Browser{}.get(path);
    ASSERT_TRUE(response);
    const std::string csp = header(*response, "Content-Security-Policy");
    for (const std::string_view part :
         {"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "object-src 'none'",
          "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"}) {
      EXPECT_THAT(csp, HasSubstr(part));
    }
    EXPECT_EQ(csp.find("unsafe"), std::string::npos);
    EXPECT_EQ(header(*response, "Referrer-Policy"), "no-referrer");
    EXPECT_EQ(header(*response, "Cross-Origin-Opener-Policy"), "same-origin");
    EXPECT_EQ(header(*response, "Cross-Origin-Resource-Policy"), "same-origin");
    EXPECT_THAT(header(*response, "Permissions-Policy"), HasSubstr("camera=()"));
    EXPECT_EQ(header(*response, "Access-Control-Allow-Origin"), "(none)");
  }
}

TEST(UiPages, HstsIsSaidOverHttpsOnly) {
  EXPECT_EQ(header(Browser{}.get("/admin/", "", true).value(), "Strict-Transport-Security"),
            "max-age=31536000; includeSubDomains");
  EXPECT_EQ(header(Browser{}.get("/admin/", "", false).value(), "Strict-Transport-Security"), "(none)");
}

TEST(UiPages, TheDescriptionOfTheApiIsAPageWithoutScripts) {
  for (const char* path : {"/docs", "/docs/"}) {
    const auto page = Browser{}.get(path);
    ASSERT_TRUE(page) << path;
    EXPECT_EQ(page->content_type, "text/html; charset=utf-8");
    EXPECT_THAT(page->body, HasSubstr("/api/v1/webhooks/{id}/rotate"));
    EXPECT_EQ(page->body.find("<script"), std::string::npos);
  }
  EXPECT_TRUE(Browser{}.get("/docs/docs.css"));
  EXPECT_FALSE(Browser{}.get("/docs/openapi.yaml"));  // That is GET /api/v1/openapi.yaml.
}

}  // namespace
}  // namespace postern
