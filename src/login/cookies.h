// What a browser says about itself: its cookies, and whether another site is behind its request.
#pragma once

#include "http/message.h"

#include <string_view>

namespace postern {

// The value of the first cookie of that name; empty: none.
std::string_view find_cookie(const http::Request& request, std::string_view name);

// "https://postern.example:8443/x" -> "postern.example:8443"; empty: no absolute URL.
std::string_view host_of_url(std::string_view url);

// Does the browser say that another site is behind the request? Judged by Sec-Fetch-Site and Origin, as far as they
// are sent. `public_url` may be empty.
bool is_cross_site(const http::Request& request, std::string_view public_url);

// The same for a form of a page that forbids Referer, for which browsers send "Origin: null": Sec-Fetch-Site decides
// alone where it is sent, and "null" says nothing. Source:
// https://fetch.spec.whatwg.org/#append-a-request-origin-header
bool is_cross_site_form(const http::Request& request, std::string_view public_url);

}  // namespace postern
