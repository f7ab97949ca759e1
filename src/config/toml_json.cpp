#include "config/toml_json.h"

#include "base/json_writer.h"

#define TOML_EXCEPTIONS 0  // NOLINT: toml++'s own switch
#include <fmt/format.h>
#include <toml++/toml.h>

namespace postern {
namespace {

Error at(const std::string& name, const toml::source_position& place, std::string_view what) {
  return {Errc::invalid, fmt::format("{}:{}:{}: {}.", name, place.line, place.column, what), ""};
}

Result<void> write(const toml::node& node, const std::string& name, JsonWriter& out) {
  if (const auto* text = node.as_string()) return out.string(text->get()), Result<void>();
  if (const auto* number = node.as_integer()) return out.integer(number->get()), Result<void>();
  if (const auto* flag = node.as_boolean()) return out.boolean(flag->get()), Result<void>();
  if (const auto* list = node.as_array()) {
    out.begin_array();
    for (const toml::node& each : *list) TRY(write(each, name, out));
    out.end_array();
    return {};
  }
  const auto* table = node.as_table();
  if (table == nullptr) {
    return at(name, node.source().begin, "a date or a number with a fraction is not expected here; write it as a text");
  }
  out.begin_object();
  for (const auto& [key, value] : *table) {
    out.any_key(key.str());
    TRY(write(value, name, out));
  }
  out.end_object();
  return {};
}

}  // namespace

Result<std::string> toml_to_json(std::string_view text, const std::string& name) {
  const toml::parse_result parsed = toml::parse(text, std::string_view(name));
  if (!parsed) {
    const auto& error = parsed.error();
    return at(name, error.source().begin, "this is not valid TOML: " + std::string(error.description()));
  }
  std::string out;
  JsonWriter writer(out);
  TRY(write(parsed.table(), name, writer));
  return out;
}

}  // namespace postern
