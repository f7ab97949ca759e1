#pragma once

#include <string>
#include <string_view>

namespace postern {

// Appends `text` so that it is nothing but text in HTML, also within a quoted attribute.
void append_html_escaped(std::string& out, std::string_view text);

}  // namespace postern
