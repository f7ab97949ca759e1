// Bodies as JSON trees. Boost.JSON is a heavy header: for .cpp files of this layer only.
#pragma once

#include "source/form.h"
#include "source/media_type.h"
#include "source/path.h"

#include <boost/json/value.hpp>

#include <optional>
#include <string_view>

namespace postern {

// Reads a body into `out`.
std::optional<Rejection> read_tree(BodyFormat format, const MediaType& type, std::string_view body,
                                   const FormLimits& limits, boost::json::value& out);

// Puts the JSON that a text at `path` holds in its place. Nothing there: no change.
std::optional<Rejection> open_json(boost::json::value& root, const Path& path, const FormLimits& limits);

}  // namespace postern
