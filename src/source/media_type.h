// The Content-Type header, taken apart.
#pragma once

#include "source/parameters.h"

#include <optional>
#include <string>
#include <string_view>

namespace postern {

struct MediaType {
  std::string essence;  // "multipart/form-data", lower case; empty if the header cannot be read.
  std::optional<std::string> boundary;
};

// Source: RFC 9110 §8.3.1; parameters in any order, quoted or not. Anything that does not fit gives an empty essence.
MediaType parse_media_type(std::string_view header);

enum class BodyFormat { urlencoded, multipart, json, unknown };
BodyFormat format_of(const MediaType& type);
// Of the header itself; the usual ones are known at sight.
BodyFormat format_of(std::string_view header);

}  // namespace postern
