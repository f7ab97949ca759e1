// Bytes as text: hex and base64, as senders of signed requests write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postern {

std::string hex_encode(std::string_view bytes);  // Lower case.
// Takes either case. Nothing for an odd length or another character.
std::optional<std::string> hex_decode(std::string_view text);

// With padding. Source: RFC 4648 §4.
std::string base64_encode(std::string_view bytes);
// URL-safe alphabet, without padding. Source: RFC 4648 §5.
std::string base64url_encode(std::string_view bytes);

// With or without padding, standard or URL-safe alphabet; bits left over at the end are ignored, as the decoders of
// senders' SDKs do. Nothing for another character, misplaced padding or an impossible length.
// Source: RFC 4648 §4, §5.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace postern
