#include "config/toml_file.h"

#define TOML_EXCEPTIONS 0  // NOLINT: toml++'s own switch
#include <fmt/format.h>
#include <toml++/toml.h>

#include <fstream>

namespace postern {
namespace {

Result<std::string> text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* flag = node.as_boolean()) return std::string(flag->get() ? "true" : "false");
  if (const auto* list = node.as_array()) {
    std::string out;
    for (const toml::node& each : *list) {
      if (!out.empty()) out += ',';
      out += TRY(text_of(each));
    }
    return out;
  }
  return Error{Errc::invalid, "has a kind of value that no setting has", ""};
}

Result<void> flatten(const std::string& path, const toml::table& table, const std::string& prefix,
                     std::vector<FileValue>& out) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    if (const auto* inner = node.as_table()) {
      TRY(flatten(path, *inner, key + ".", out));
      continue;
    }
    const Result<std::string> value = text_of(node);
    const auto& at = node.source().begin;
    if (!value)
      return Error{Errc::invalid,
                   fmt::format("{}:{}:{}: '{}' {}.", path, at.line, at.column, key, value.error().message), ""};
    out.push_back({key, *value, static_cast<unsigned>(at.line)});
  }
  return {};
}

}  // namespace

Result<std::vector<FileValue>> read_toml(const std::string& path) {
  if (!std::ifstream(path)) {
    return Error{Errc::not_found,
                 fmt::format("The configuration file {} cannot be read. Check its name and mode.", path), ""};
  }
  const toml::parse_result parsed = toml::parse_file(path);
  if (!parsed) {
    const auto& error = parsed.error();
    const auto& at = error.source().begin;
    return Error{Errc::invalid,
                 fmt::format("{}:{}:{}: this is not valid TOML: {}.", path, at.line, at.column, error.description()),
                 ""};
  }
  std::vector<FileValue> out;
  TRY(flatten(path, parsed.table(), "", out));
  return out;
}

}  // namespace postern
