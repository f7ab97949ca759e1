// What WordPress makes of a person's names. Pure. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace postern::identity {

// What WordPress stores for first_name, last_name, nickname given the value as sent: sanitized and HTML-escaped.
std::string stored_name(std::string_view raw);
// What WordPress stores as display_name, given the stored names and the login. May be too long for it, see below.
std::string stored_display_name(std::string_view stored_first, std::string_view stored_last, std::string_view login);

// The same as plain text, the way a person reads it: the entities that escaping makes (&amp; &lt; &gt; &quot; &#039;)
// are decoded, once; others stay as they are. This is what Postern keeps.
std::string name_text(std::string_view stored);

// A display name of more characters than this is refused by WordPress. Source: wp_users.display_name varchar(250).
constexpr std::size_t kMaxDisplayNameCharacters = 250;
// Number of code points of valid UTF-8.
std::size_t count_characters(std::string_view text);

}  // namespace postern::identity
