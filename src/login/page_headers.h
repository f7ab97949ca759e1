// The headers that keep a page safe in a browser.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern {

using HeaderList = std::vector<std::pair<std::string_view, std::string>>;

// CSP as given, Referrer-Policy, COOP, CORP, Permissions-Policy, and HSTS when `secure`, that is, when the browser came
// by https. (X-Content-Type-Options is on every response, see http/response_writer.h.)
void add_page_headers(HeaderList& headers, std::string_view content_security_policy, bool secure);

}  // namespace postern
