// Serves the admin UI: the pages that are built into the program, with the headers that keep them safe.
#pragma once

#include "admin/web_assets.h"
#include "http/message.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern {

using HeaderList = std::vector<std::pair<std::string_view, std::string>>;

// What every page for a browser carries: CSP, Referrer-Policy, COOP, CORP, Permissions-Policy, and HSTS when `secure`,
// that is, when the browser came by https. (X-Content-Type-Options is on every response, see http/response_writer.h.)
void add_page_headers(HeaderList& headers, bool secure);

// The built file of that path; null if there is none.
const WebAsset* find_asset(std::string_view path);

// Answers GET and HEAD of `/` without a query (303 to /admin/), /admin/assets/* (for ever cacheable: their names hold
// their hash; 404 if there is none of that name) and every other /admin/* that accepts HTML (the one page, which looks
// at the address itself), and of /docs (the description of the API, for people). Nothing for all else. 304 and gzip
// where the request allows them. Any thread.
std::optional<http::Response> serve_ui(const http::Request& request, bool secure);

}  // namespace postern
