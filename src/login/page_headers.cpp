#include "login/page_headers.h"

namespace postern {

void add_page_headers(HeaderList& headers, std::string_view content_security_policy, bool secure) {
  headers.emplace_back("Content-Security-Policy", content_security_policy);
  headers.emplace_back("Referrer-Policy", "no-referrer");
  headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  headers.emplace_back("Permissions-Policy",
                       "camera=(), microphone=(), geolocation=(), payment=(), usb=(), clipboard-write=(self)");
  if (secure) headers.emplace_back("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
}

}  // namespace postern
