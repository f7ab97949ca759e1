// The fields of urlencoded and multipart bodies as they came, before anybody has an opinion on their names.
#pragma once

#include "source/form.h"
#include "source/media_type.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace postern {

struct FormPairs {
  std::vector<std::pair<std::string, std::string>> pairs;  // Decoded bytes, in order; files are left out.
  std::optional<Rejection> rejection;
};

FormPairs urlencoded_pairs(std::string_view body, const FormLimits& limits);
FormPairs multipart_pairs(std::string_view body, const MediaType& type, const FormLimits& limits);

}  // namespace postern
