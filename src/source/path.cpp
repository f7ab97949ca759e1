#include "source/path.h"

#include <algorithm>
#include <array>

namespace postern {
namespace {

constexpr std::array<std::string_view, 9> kFactNames{"event_type", "event_id",    "email",   "first_name", "last_name",
                                                     "user_login", "external_id", "product", "order_ref"};

Error bad(std::string_view why) {
  return {Errc::invalid, std::string(why), ""};
}

// '~1' is '/', '~0' is '~'. Source: RFC 6901 §4.
std::string unescaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '~' && i + 1 < text.size() && (text[i + 1] == '0' || text[i + 1] == '1');
    out += !escape ? text[i] : text[i + 1] == '0' ? '~' : '/';
    if (escape) ++i;
  }
  return out;
}

std::vector<std::string> split_dots(std::string_view text) {
  std::vector<std::string> out;
  while (true) {
    const std::size_t dot = text.find('.');
    out.emplace_back(text.substr(0, dot));
    if (dot == std::string_view::npos) return out;
    text.remove_prefix(dot + 1);
  }
}

Result<std::vector<PathStep>> parse_steps(std::string_view text, bool may_refer);

// `text` is what stands between '[' and ']'.
Result<PathStep> parse_match(std::string_view text, bool may_refer) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) return bad("has a '[…]' that is not [key=value]");
  PathStep step;
  step.kind = PathStep::Kind::match;
  step.member = split_dots(text.substr(0, equals));
  const std::string_view value = text.substr(equals + 1);
  if (!value.starts_with('@')) {
    step.value = value;
    return step;
  }
  if (!may_refer) return bad("has a reference '@' inside a reference");
  step.reference = TRY(parse_steps(value.substr(1), false));
  const bool plain = std::all_of(step.reference.begin(), step.reference.end(),
                                 [](const PathStep& each) { return each.kind != PathStep::Kind::every; });
  if (step.reference.empty() || !plain) return bad("has a reference '@' that is no path to one value");
  return step;
}

// The ']' that belongs to the '[' at the front; npos if there is none.
std::size_t closing(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[') ++depth;
    if (text[i] == ']' && --depth == 0) return i;
  }
  return std::string_view::npos;
}

Result<std::vector<PathStep>> parse_steps(std::string_view text, bool may_refer) {
  std::vector<PathStep> out;
  while (!text.empty()) {
    if (text.front() != '/') return bad("must begin with '/', and after a ']' go on with '/'");
    text.remove_prefix(1);
    if (out.size() == kMaxPathSteps) return bad("has more than 32 steps");
    if (text.starts_with('[')) {
      const std::size_t end = closing(text);
      if (end == std::string_view::npos) return bad("has an unclosed '['");
      out.push_back(TRY(parse_match(text.substr(1, end - 1), may_refer)));
      text.remove_prefix(end + 1);
      continue;
    }
    const std::string_view key = text.substr(0, text.find('/'));
    text.remove_prefix(key.size());
    PathStep step;
    step.kind = key == "*" ? PathStep::Kind::every : PathStep::Kind::key;
    if (step.kind == PathStep::Kind::key) step.key = unescaped(key);
    out.push_back(std::move(step));
  }
  return out;
}

}  // namespace

Result<Path> parse_path(std::string_view text) {
  constexpr std::string_view kHeader = "header:";
  constexpr std::string_view kQuery = "query:";
  if (text.size() > kMaxPathBytes) return bad("is longer than 512 bytes");
  Path path;
  path.text = text;
  if (text.starts_with(kHeader) || text.starts_with(kQuery)) {
    path.from = text.starts_with(kHeader) ? Path::From::header : Path::From::query;
    path.name = text.substr(text.find(':') + 1);
    if (path.name.empty()) return bad("names nothing after the ':'");
    return path;
  }
  if (!text.empty() && text.front() != '/') return bad("must begin with '/', 'header:' or 'query:'");
  path.steps = TRY(parse_steps(text, true));
  return path;
}

Result<Path> parse_subject(std::string_view text) {
  if (std::find(kFactNames.begin(), kFactNames.end(), text) != kFactNames.end()) {
    Path path;
    path.from = Path::From::fact;
    path.name = text;
    path.text = text;
    return path;
  }
  Result<Path> path = parse_path(text);
  if (path || text.starts_with('/') || text.find(':') != std::string_view::npos) return path;
  return bad(
      "must begin with '/', 'header:' or 'query:', or be one of event_type, event_id, email, first_name, last_name, "
      "user_login, external_id, product, order_ref");
}

}  // namespace postern
