// The fields of urlencoded and multipart bodies as they came, before anybody has an opinion on their names.
#pragma once

#include "source/form.h"
#include "source/media_type.h"
#include "source/urlencoded.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace postern {

struct FormPairs {
  std::vector<std::pair<std::string, std::string>> pairs;  // Decoded bytes, in order; files are left out.
  std::optional<Rejection> rejection;
};

// Calls take(name, value) for each pair of an urlencoded body, as it stands there, up to the limit.
template <class Take>
std::optional<Rejection> each_pair_within(std::string_view body, const FormLimits& limits, Take take) {
  std::optional<Rejection> rejection;
  std::size_t pairs = 0;
  each_pair(body, [&](std::string_view name, std::string_view value) {
    if (pairs++ == limits.max_fields) {
      rejection = too_many_fields(limits.max_fields);
      return false;
    }
    take(name, value);
    return true;
  });
  return rejection;
}

FormPairs urlencoded_pairs(std::string_view body, const FormLimits& limits);
FormPairs multipart_pairs(std::string_view body, const MediaType& type, const FormLimits& limits);

}  // namespace postern
