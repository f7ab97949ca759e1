#include "manage/user_meta.h"

#include "model/user.h"

#include <boost/json.hpp>

namespace postern {

namespace json = boost::json;

json::object meta_json(std::string_view meta) {
  json::error_code error;
  const json::value out = json::parse(json::string_view(meta.data(), meta.size()), error);
  return !error && out.is_object() ? out.get_object() : json::object();
}

Result<std::string> parse_meta(std::string_view text) {
  json::error_code error;
  json::parse_options options;
  options.max_depth = kMaxMetaDepth;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
  if (error || !value.is_object()) {
    return Error{Errc::invalid,
                 "meta must be a JSON object, at most " + std::to_string(kMaxMetaDepth) + " levels deep.", ""};
  }
  std::string out = json::serialize(value);
  if (out.size() > kMaxMetaBytes) {
    return Error{Errc::invalid, "meta is longer than " + std::to_string(kMaxMetaBytes) + " bytes.", ""};
  }
  return out == "{}" ? std::string() : out;
}

}  // namespace postern
