// Templates without logic: text with {{variables}} and sections. A small part of Mustache.
//   {{name}}                the value, escaped
//   {{#name}} … {{/name}}   only if the value is not empty
//   {{^name}} … {{/name}}   only if it is empty
//   {{! a remark }}
// A line that holds nothing but sections' tags and remarks leaves no empty line. There is no way to write a value
// unescaped. Source: mustache(5).
#pragma once

#include "base/result.h"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

using TemplateValues = std::map<std::string, std::string, std::less<>>;

// What a value must not do: end its line (both), or be more than text in HTML.
enum class TemplateEscaping { line, html };

constexpr std::size_t kMaxTemplateBytes = 64UL * 1024;
constexpr std::size_t kMaxTemplateDepth = 8;

// Immutable. Any thread.
class Template {
 public:
  // Errors: invalid; the message says in which line what is wrong, and which variables there are.
  static Result<Template> parse(std::string_view text, std::span<const std::string_view> variables);
  // A variable without a value is empty.
  std::string render(const TemplateValues& values, TemplateEscaping escaping) const;

 private:
  struct Piece {
    enum class Kind { text, variable, section, inverted };
    Kind kind = Kind::text;
    std::string text;     // The text, or the name.
    std::size_t end = 0;  // Of a section: the piece behind it.
  };
  friend class TemplateParser;
  void render(std::size_t begin, std::size_t end, const TemplateValues& values, TemplateEscaping escaping,
              std::string& out) const;
  std::vector<Piece> pieces_;
};

}  // namespace postern
