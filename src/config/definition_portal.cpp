// The settings of the pages for people.
#include "base/ascii.h"
#include "config/setting_makers.h"

#include <algorithm>

namespace postern {
namespace {

using settings::duration;
using settings::expected;
using settings::flag;
using settings::text_writer;

// A name of at least two labels: a cookie for "com" would be refused by every browser.
bool is_domain(std::string_view text) {
  if (text.find('.') == std::string_view::npos || text.size() > 253) return false;
  char before = '.';
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!plain && c != '-' && c != '.') return false;
    if (!plain && (before == '.' || (before == '-' && c == '.'))) return false;
    before = c;
  }
  return before != '.' && before != '-';
}

SettingDefinition cookie_domain() {
  const auto member = [](Settings& s) { return &s.portal.cookie_domain; };
  return {"portal.cookie_domain", "a domain such as example.com",
          "Sites of this domain and below it can be made members-only: their browsers send the session's cookie along, "
          "and a login may lead back to them. Empty: the host of server.public_url alone.",
          [](Settings& s, std::string_view value) -> Result<void> {
            std::string domain = ascii_lower(value);
            if (!domain.empty() && !is_domain(domain)) return expected("it is not a domain such as example.com");
            s.portal.cookie_domain = std::move(domain);
            return {};
          },
          text_writer(member)};
}

}  // namespace

std::vector<SettingDefinition> portal_settings() {
  using std::chrono::hours;
  using std::chrono::minutes;
  return {
      flag("portal.enabled", "Show the pages for people under /account and answer access checks under /auth.",
           [](Settings& s) { return &s.portal.enabled; }),
      duration(
          "portal.link_lifetime", "How long a set-password link works.",
          [](Settings& s) { return &s.portal.link_lifetime; }, minutes{5}, hours{24}),
      duration(
          "portal.session_idle", "A person who has not been seen for so long has to log in again.",
          [](Settings& s) { return &s.portal.session_idle; }, minutes{5}, hours{24 * 366}),
      duration(
          "portal.session_lifetime", "A person has to log in again after this in any case.",
          [](Settings& s) { return &s.portal.session_lifetime; }, minutes{5}, hours{24 * 366}),
      cookie_domain(),
  };
}

}  // namespace postern
