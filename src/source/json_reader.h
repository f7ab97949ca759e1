// Reads an object of JSON key by key, strictly: what is not asked for is an error. For .cpp files of this layer only.
#pragma once

#include "base/result.h"
#include "source/path.h"

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern {

constexpr std::size_t kMaxPresetList = 200;
constexpr std::size_t kMaxPresetText = 4000;

// The first thing that is wrong with a document. Everything that is read after it is of no interest.
class Complaint {
 public:
  void add(std::string_view key, std::string_view what) {
    if (!error_) error_ = Error{Errc::invalid, "'" + std::string(key) + "' " + std::string(what) + ".", ""};
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  std::optional<Error> error_;
};

class ObjectReader {
 public:
  // `prefix` is what errors name the object by: "verify.", or "" for the document.
  ObjectReader(const boost::json::value& value, std::string prefix, Complaint& complaint);

  bool has(std::string_view key) const;
  // Absent keys give the value on the right.
  std::string text(std::string_view key, std::string fallback = {});
  bool flag(std::string_view key, bool fallback);
  std::int64_t number(std::string_view key, std::int64_t least, std::int64_t most, std::int64_t fallback);
  std::vector<std::string> texts(std::string_view key);  // A text counts as a list of one.
  std::vector<Path> paths(std::string_view key);
  std::optional<Path> path(std::string_view key);
  // Nothing if absent, or no such thing.
  const boost::json::value* object(std::string_view key);
  std::span<const boost::json::value> list(std::string_view key);
  // One word of a table; the first is the default.
  template <class Enum, std::size_t N>
  Enum word(std::string_view key, const std::pair<std::string_view, Enum> (&table)[N]) {
    if (!has(key)) return (static_cast<void>(take(key)), table[0].second);
    const std::string given = text(key);
    std::string known;
    for (const auto& [name, value] : table) {
      if (name == given) return value;
      known += (known.empty() ? "" : ", ") + std::string(name);
    }
    complain(key, "is '" + given + "'; expected one of " + known);
    return table[0].second;
  }
  void complain(std::string_view key, std::string_view what) { complaint_.add(prefix_ + std::string(key), what); }
  // Every key that was not asked for is an error.
  void finish();
  // The keys there are, for objects whose keys are free.
  std::vector<std::string> keys() const;

 private:
  const boost::json::value* take(std::string_view key);
  std::optional<std::string> checked(std::string_view key, const boost::json::value& value);

  const boost::json::object* object_ = nullptr;
  std::string prefix_;
  Complaint& complaint_;
  std::vector<std::string_view> asked_;
};

// A text, a number or a boolean as text.
std::optional<std::string> scalar_of(const boost::json::value& value);

}  // namespace postern
