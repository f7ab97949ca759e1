#include "portal/html.h"

#include "base/html.h"
#include "base/utf8.h"

namespace postern {
namespace {

// Contrast of text at least 4.5 : 1 in both schemes, targets at least 44 px high. Source: WCAG 2.2 1.4.3, 2.5.8.
constexpr std::string_view kStyle = R"css(:root {
  color-scheme: light dark;
  --ground: #f4f5f7; --card: #ffffff; --text: #1d2430; --quiet: #556070; --line: #c9ced6;
  --accent: #1a56c4; --on-accent: #ffffff; --good: #e5f4e9; --good-line: #2c7a43; --bad: #fdecea; --bad-line: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171c; --card: #1e232b; --text: #e8ebf0; --quiet: #a9b3c1; --line: #434c59;
    --accent: #8ab4ff; --on-accent: #10203c; --good: #17301f; --good-line: #6fce8b; --bad: #3a1d1b; --bad-line: #ff9b92;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 1.5rem 1rem; background: var(--ground); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
.site { max-width: 30rem; margin: 1rem auto; color: var(--quiet); font-weight: 600; overflow-wrap: anywhere; }
main {
  max-width: 30rem; margin: 0 auto; padding: 1.5rem 1.75rem 1.75rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 0.75rem;
}
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; }
h2 { margin: 1.75rem 0 0.5rem; font-size: 1.1rem; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
.quiet { color: var(--quiet); font-size: 0.925rem; }
label { display: block; margin: 1rem 0 0.25rem; font-weight: 600; }
.hint { margin: 0.25rem 0 0; color: var(--quiet); font-size: 0.875rem; }
input:not([type=hidden]) {
  display: block; width: 100%; min-height: 2.75rem; padding: 0.5rem 0.75rem; font: inherit; color: inherit;
  background: var(--card); border: 1px solid var(--quiet); border-radius: 0.5rem;
}
input[readonly]:not([type=hidden]) { background: var(--ground); border-color: var(--line); }
input[aria-invalid=true] { border: 2px solid var(--bad-line); }
button {
  min-height: 2.75rem; margin-top: 1.25rem; padding: 0.5rem 1.25rem; font: inherit; font-weight: 600; cursor: pointer;
  color: var(--on-accent); background: var(--accent); border: 1px solid var(--accent); border-radius: 0.5rem;
}
button.plain { color: var(--accent); background: transparent; }
a { color: var(--accent); }
a, button, input { outline-offset: 2px; }
a:focus-visible, button:focus-visible, input:focus-visible { outline: 3px solid var(--accent); }
.notice { padding: 0.75rem 1rem; background: var(--good); border-left: 4px solid var(--good-line); border-radius: 0.25rem; }
.fault { padding: 0.75rem 1rem; background: var(--bad); border-left: 4px solid var(--bad-line); border-radius: 0.25rem; }
.places { margin: 0; padding: 0; list-style: none; }
.places li { padding: 0.625rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
.places strong, .places span { display: block; }
.actions { display: flex; flex-wrap: wrap; gap: 0 0.75rem; align-items: center; }
.links { margin: 1.25rem 0 0; }
)css";

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string out;
  append_html_escaped(out, utf8::sanitized(text));
  return out;
}

std::string render(const HtmlPage& page) {
  const std::string title = html_escaped(page.title);
  std::string out =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"robots\" content=\"noindex\">\n";
  if (!page.go_to.empty()) {
    out += "<meta http-equiv=\"refresh\" content=\"0; url=" + html_escaped(page.go_to) + "\">\n";
  }
  out += "<title>" + title + (page.site.empty() ? "" : " – " + html_escaped(page.site)) + "</title>\n";
  if (page.styled) out += "<link rel=\"stylesheet\" href=\"" + std::string(kStylePath) + "\">\n";
  out += "</head>\n<body>\n";
  if (!page.site.empty()) out += "<div class=\"site\">" + html_escaped(page.site) + "</div>\n";
  out += "<main>\n<h1>" + title + "</h1>\n" + page.main + "</main>\n</body>\n</html>\n";
  return out;
}

std::string_view portal_style() {
  return kStyle;
}

}  // namespace postern
