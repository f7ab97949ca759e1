// Source: RFC 4648 §6. Without padding, as authenticator apps want it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace postern {

std::string base32_encode(std::span<const std::byte> bytes);
// Takes either case. Nothing for other characters or an impossible length.
std::optional<std::string> base32_decode(std::string_view text);

}  // namespace postern
