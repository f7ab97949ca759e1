// Reads the members of a request's JSON body and collects everything that is wrong with them.
#pragma once

#include "admin/reply.h"
#include "base/clock.h"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

//   Fields fields(call.body);
//   const auto name = fields.text("name", {.required = true, .max = 200});
//   if (const auto problem = fields.finish()) return *problem;
//
// A reader returns nothing if the member is missing, null or wrong; what is wrong is in finish().
class Fields {
 public:
  // `body` must outlive it.
  explicit Fields(const boost::json::object& body) : body_(body) {}

  struct Text {
    bool required = false;
    std::size_t max = 255;  // Bytes of UTF-8.
    bool may_be_empty = false;
    bool multiline = false;  // Line ends are allowed; other control characters never are, except for `raw`.
    bool raw = false;        // Anything at all: a request body, a password.
    bool trim = true;        // White space around it is dropped; not for `raw`.
  };
  std::optional<std::string> text(std::string_view name, const Text& rules);
  std::optional<std::string> text(std::string_view name) { return text(name, Text{}); }
  std::optional<bool> boolean(std::string_view name, bool required = false);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most);
  // A list of positive numbers without repeats.
  std::optional<std::vector<std::int64_t>> ids(std::string_view name, std::size_t most = 1000);
  std::optional<std::vector<std::string>> words(std::string_view name, std::size_t most = 100);
  std::optional<WallTime> time(std::string_view name);
  const boost::json::object* object(std::string_view name);

  void wrong(std::string_view name, std::string_view message);
  // Everything that is wrong, members that nobody asked for included; nothing if all is well.
  std::optional<Problem> finish();

 private:
  const boost::json::value* find(std::string_view name, bool required);

  const boost::json::object& body_;
  std::vector<std::string_view> known_;
  std::vector<FieldError> errors_;
};

}  // namespace postern
