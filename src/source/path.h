// Where a value stands in a request: the paths that presets and conditions are written with.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace postern {

// One step into a body.
struct PathStep {
  enum class Kind {
    key,    // A member of an object, or an index of a list.
    every,  // '*': each element of a list.
    match,  // [key=value]: each element of a list whose member `key` is `value`.
  };
  Kind kind = Kind::key;
  std::string key;                  // Of a key.
  std::vector<std::string> member;  // Of a match: the way to the member that is compared.
  std::string value;                // Of a match: what it is compared with …
  std::vector<PathStep> reference;  // … or, of [key=@/other/path], where that stands in the same event.

  bool operator==(const PathStep&) const = default;
};

// A parsed path. Written as
//   /a/b/0           a JSON Pointer (RFC 6901); also the way into a form: /contact/email is contact[email]
//   /a/*/b           every b
//   /a/[k=v]/b       b of the elements whose k is v; dots in k go into sub-objects; [k=@/other/path] compares with
//                    what stands there
//   header:Name      a header, case ignored;  query:name  a parameter of the URL, percent-decoded
//   event_type, …    what has been read before, see kFactNames; only in conditions and repeat_key
struct Path {
  enum class From { body, header, query, fact };
  From from = From::body;
  std::string name;             // Of a header, a parameter or a fact.
  std::vector<PathStep> steps;  // Empty: the whole body.
  std::string text;             // As it was written.

  bool operator==(const Path&) const = default;
};

constexpr std::size_t kMaxPathBytes = 512;
constexpr std::size_t kMaxPathSteps = 32;

// Errors: invalid; the message ends a sentence that begins with the path: "has an unclosed '['".
Result<Path> parse_path(std::string_view text);
// The same, and the names of facts. Errors: invalid.
Result<Path> parse_subject(std::string_view text);

}  // namespace postern
