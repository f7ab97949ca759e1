// The body of a request as the operator's scripts see it.
#pragma once

#include "base/secret.h"
#include "source/form.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern {

struct ScriptData {
  std::string json = "{}";  // One JSON object; the values of secret-looking fields are replaced, as in the log.
  // Those values, unless they look like a person's password: names in lower case, of fields that are not nested.
  std::vector<std::pair<std::string, Secret>> secrets;
};

// A form becomes an object of texts: the last of several equal fields counts, and name[…] nests as in PHP. A body that
// cannot be decoded gives an empty object.
ScriptData script_data(std::string_view content_type, std::string_view body, const FormLimits& limits);

// Looks like a secret that a script may compare with what it expects: not a person's password.
bool is_comparable_secret(std::string_view name);

}  // namespace postern
