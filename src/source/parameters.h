// Parameters of Content-Type and Content-Disposition.
#pragma once

#include <string>
#include <string_view>

namespace postern {

// Takes `name=value` off the front of `text`, the name in lower case; false if it is not there.
// Source: RFC 9110 §5.6.2 (token), §5.6.4 (quoted-string).
bool take_parameter(std::string_view& text, std::string& name, std::string& value);

// Calls visit(name, value) for each parameter of `; a=b; c="d"`. False if the list is malformed.
template <class Visit>
bool each_parameter(std::string_view text, Visit visit) {
  std::string name;
  std::string value;
  while (true) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    if (text.empty()) return true;
    if (text.front() != ';') return false;
    text.remove_prefix(1);
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    if (text.empty() || text.front() == ';') continue;  // "a/b;" and ";;" are common and harmless.
    if (!take_parameter(text, name, value)) return false;
    visit(name, value);
  }
}

}  // namespace postern
