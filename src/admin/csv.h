// Comma-separated values that no spreadsheet takes for a formula.
// Sources: RFC 4180; https://owasp.org/www-community/attacks/CSV_Injection
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postern {

// Appends one record, CRLF included. Every cell is quoted; one that begins with = + - @ TAB CR LF, or with the
// full-width form of = + - @, gets a ' in front.
void append_csv(std::string& out, const std::vector<std::string>& cells);

}  // namespace postern
