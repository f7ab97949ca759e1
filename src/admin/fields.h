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
  // A list of objects.
  std::optional<std::vector<const boost::json::object*>> objects(std::string_view name, std::size_t most);
  // It is there, and null: where that means something.
  bool is_null(std::string_view name) const;

  void wrong(std::string_view name, std::string_view message);
  // Reads an object of a member of its own; what is wrong with it counts as of `prefix` and the member's name.
  template <class Read>
  void within(const boost::json::object& object, const std::string& prefix, Read read) {
    Fields inner(object);
    read(inner);
    inner.complain_of_unknown();
    for (const FieldError& each : inner.errors_) wrong(prefix + each.field, each.message);
  }
  bool is_fine() const { return errors_.empty(); }
  // Everything that is wrong, members that nobody asked for included; nothing if all is well.
  std::optional<Problem> finish();

 private:
  const boost::json::value* find(std::string_view name, bool required);
  void complain_of_unknown();

  const boost::json::object& body_;
  std::vector<std::string_view> known_;
  std::vector<FieldError> errors_;
};

}  // namespace postern
