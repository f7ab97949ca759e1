// HTML for the pages for people: text becomes inert here, and the frame around every page stands here.
#pragma once

#include <string>
#include <string_view>

namespace postern {

// As text or as the value of a quoted attribute. Ill-formed UTF-8 comes out as U+FFFD.
std::string html_escaped(std::string_view text);

struct HtmlPage {
  std::string title;   // Plain text.
  std::string main;    // HTML.
  std::string site;    // Plain text: what stands above the page; empty: nothing.
  std::string go_to;   // The browser goes on to this address by itself; empty: it stays.
  bool styled = true;  // False: for a page that appears under the address of another site.
};

// The whole document. It has no script, and no style but the one of portal_style().
std::string render(const HtmlPage& page);

// What render() links to, and where.
std::string_view portal_style();
constexpr std::string_view kStylePath = "/account/style.css";

}  // namespace postern
