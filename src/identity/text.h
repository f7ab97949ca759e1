// The pieces that WordPress' text functions are made of. Bytes in, bytes out; no locale. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace postern::identity {

// PHP's trim(): blanks are space, \t, \n, \r, \0 and \x0b.
std::string_view trim(std::string_view text);
// PHP's addslashes() and WordPress' wp_unslash().
std::string add_slashes(std::string_view text);
std::string strip_slashes(std::string_view text);
std::string ascii_lower(std::string_view text);
bool is_php_space(char c);  // PCRE's \s.

// PHP's strip_tags(), and WordPress' wp_strip_all_tags(), which also drops what is between script and style tags.
std::string strip_tags(std::string_view text);
std::string strip_all_tags(std::string_view text);
// WordPress' remove_accents() for en_US, with Unicode normalisation first.
std::string remove_accents(std::string_view text);
// WordPress' sanitize_text_field().
std::string sanitize_text_field(std::string_view text);
// Every '&' that does not begin an entity becomes "&amp;". Source: wp_kses_normalize_entities().
std::string normalize_entities(std::string_view text);
// Escapes & < > " ' that do not belong to an entity yet; with `quotes` false the quotes stay. Source: esc_html(),
// _wp_specialchars().
std::string escape_html(std::string_view text, bool quotes);
// A '<' that no '>' closes is text. Source: wp_pre_kses_less_than().
std::string escape_unclosed_tags(std::string_view text);

}  // namespace postern::identity
