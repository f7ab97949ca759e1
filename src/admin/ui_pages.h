// Serves the admin UI: the pages that are built into the program, with the headers that keep them safe.
#pragma once

#include "admin/web_assets.h"
#include "http/message.h"

#include <optional>
#include <string_view>

namespace postern {

// The built file of that path; null if there is none.
const WebAsset* find_asset(std::string_view path);

// Answers GET and HEAD of `/` without a query (303 to /admin/), /admin/assets/* (for ever cacheable: their names hold
// their hash; 404 if there is none of that name) and every other /admin/* that accepts HTML (the one page, which looks
// at the address itself), and of /docs (the description of the API, for people). Nothing for all else. 304 and gzip
// where the request allows them. Any thread.
std::optional<http::Response> serve_ui(const http::Request& request, bool secure);

}  // namespace postern
