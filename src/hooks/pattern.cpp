#include "hooks/pattern.h"

#include "hooks/budget.h"

#include <cstdlib>

namespace postern {
namespace {

constexpr char kEscape = '%';
constexpr int kMaxDepth = 200;  // Of nested calls, so that the stack is bounded; as in Lua.
constexpr int kPayEvery = 64;

bool between(unsigned char c, char first, char last) {
  return c >= static_cast<unsigned char>(first) && c <= static_cast<unsigned char>(last);
}

// ASCII only, whatever the locale is.
bool in_class(unsigned char c, unsigned char name) {
  const auto lower = static_cast<unsigned char>(name | 0x20U);
  const bool letter = between(c, 'a', 'z') || between(c, 'A', 'Z');
  const bool digit = between(c, '0', '9');
  const bool printed = c > 0x20 && c < 0x7f;
  bool in = false;
  switch (lower) {
    case 'a':
      in = letter;
      break;
    case 'c':
      in = c < 0x20 || c == 0x7f;
      break;
    case 'd':
      in = digit;
      break;
    case 'g':
      in = printed;
      break;
    case 'l':
      in = between(c, 'a', 'z');
      break;
    case 'p':
      in = printed && !letter && !digit;
      break;
    case 's':
      in = c == ' ' || between(c, '\t', '\r');
      break;
    case 'u':
      in = between(c, 'A', 'Z');
      break;
    case 'w':
      in = letter || digit;
      break;
    case 'x':
      in = digit || between(c, 'a', 'f') || between(c, 'A', 'F');
      break;
    default:
      return name == c;  // An escaped character stands for itself.
  }
  return in != between(name, 'A', 'Z');
}

}  // namespace

void PatternMatcher::fail(const char* message) const {
  luaL_error(state_, "%s", message);
  std::abort();  // luaL_error() does not return.
}

void PatternMatcher::pay() {
  if (++unpaid_ < kPayEvery) return;
  unpaid_ = 0;
  spend(state_, kPayEvery / 4);
}

std::optional<std::size_t> PatternMatcher::match(std::size_t at) {
  count_ = 0;
  depth_ = 0;
  return step(at, 0);
}

PatternMatcher::End PatternMatcher::step(std::size_t s, std::size_t p) {
  if (++depth_ > kMaxDepth) fail("pattern too complex");
  const End out = match_item(s, p);
  --depth_;
  return out;
}

// Items that match one character and are not repeated are worked off in a loop; all others call step().
PatternMatcher::End PatternMatcher::match_item(std::size_t s, std::size_t p) {
  while (p < pattern_.size()) {
    pay();
    const char c = pattern_[p];
    const char next = p + 1 < pattern_.size() ? pattern_[p + 1] : '\0';
    if (c == '(') return next == ')' ? open_capture(s, p + 2, Kind::position) : open_capture(s, p + 1, Kind::open);
    if (c == ')') return close_capture(s, p + 1);
    if (c == '$' && p + 1 == pattern_.size()) return s == subject_.size() ? End(s) : std::nullopt;
    if (c == kEscape && next == 'b') return match_balance(s, p + 2);
    if (c == kEscape && next == 'f') return match_frontier(s, p + 2);
    if (c == kEscape && next >= '0' && next <= '9') return match_back_reference(s, p);
    const std::size_t end = item_end(p);
    const char suffix = end < pattern_.size() ? pattern_[end] : '\0';
    if (suffix == '*' || suffix == '+' || suffix == '-' || suffix == '?') return match_repeated(s, p, end);
    if (!matches_one(s, p, end)) return std::nullopt;
    ++s;
    p = end;
  }
  return s;
}

PatternMatcher::End PatternMatcher::match_repeated(std::size_t s, std::size_t p, std::size_t item_end) {
  switch (pattern_[item_end]) {
    case '*':
      return expand(s, p, item_end, 0);
    case '+':
      return expand(s, p, item_end, 1);
    case '-':
      return expand_lazily(s, p, item_end);
    default:
      break;
  }
  if (matches_one(s, p, item_end)) {
    if (const End out = step(s + 1, item_end + 1)) return out;
  }
  return step(s, item_end + 1);
}

PatternMatcher::End PatternMatcher::expand(std::size_t s, std::size_t p, std::size_t item_end, std::size_t least) {
  std::size_t n = 0;
  while (matches_one(s + n, p, item_end)) ++n;
  for (++n; n-- > least;) {
    if (const End out = step(s + n, item_end + 1)) return out;
  }
  return std::nullopt;
}

PatternMatcher::End PatternMatcher::expand_lazily(std::size_t s, std::size_t p, std::size_t item_end) {
  while (true) {
    if (const End out = step(s, item_end + 1)) return out;
    if (!matches_one(s, p, item_end)) return std::nullopt;
    ++s;
  }
}

PatternMatcher::End PatternMatcher::open_capture(std::size_t s, std::size_t p, Kind kind) {
  if (count_ >= kMaxCaptures) fail("too many captures");
  captures_[count_++] = {s, 0, kind};
  const End out = step(s, p);
  if (!out) --count_;
  return out;
}

PatternMatcher::End PatternMatcher::close_capture(std::size_t s, std::size_t p) {
  std::size_t open = count_;
  while (open > 0 && captures_[open - 1].kind != Kind::open) --open;
  if (open == 0) fail("invalid pattern capture");
  Capture& capture = captures_[open - 1];
  capture.length = s - capture.begin;
  capture.kind = Kind::closed;
  const End out = step(s, p);
  if (!out) capture.kind = Kind::open;
  return out;
}

PatternMatcher::End PatternMatcher::match_balance(std::size_t s, std::size_t p) {
  if (p + 1 >= pattern_.size()) fail("malformed pattern (missing arguments to '%b')");
  if (s >= subject_.size() || subject_[s] != pattern_[p]) return std::nullopt;
  const char open = pattern_[p];
  const char close = pattern_[p + 1];
  std::size_t depth = 1;
  for (std::size_t at = s + 1; at < subject_.size(); ++at) {
    pay();
    if (subject_[at] == close) {
      if (--depth == 0) return step(at + 1, p + 2);
    } else if (subject_[at] == open) {
      ++depth;
    }
  }
  return std::nullopt;
}

PatternMatcher::End PatternMatcher::match_frontier(std::size_t s, std::size_t p) {
  if (p >= pattern_.size() || pattern_[p] != '[') fail("missing '[' after '%f' in pattern");
  const std::size_t end = item_end(p);
  const auto before = static_cast<unsigned char>(s == 0 ? '\0' : subject_[s - 1]);
  const auto after = static_cast<unsigned char>(s < subject_.size() ? subject_[s] : '\0');
  if (in_set(before, p, end - 1) || !in_set(after, p, end - 1)) return std::nullopt;
  return step(s, end);
}

PatternMatcher::End PatternMatcher::match_back_reference(std::size_t s, std::size_t p) {
  const auto index = static_cast<std::size_t>(pattern_[p + 1] - '1');
  if (index >= count_ || captures_[index].kind != Kind::closed) fail("invalid capture index in pattern");
  const std::string_view text = subject_.substr(captures_[index].begin, captures_[index].length);
  spend(state_, static_cast<std::int64_t>(text.size()) / kBytesPerInstruction);
  if (!subject_.substr(s).starts_with(text)) return std::nullopt;
  return step(s + text.size(), p + 2);
}

// Where the single-character item at `p` ends.
std::size_t PatternMatcher::item_end(std::size_t p) const {
  const char c = pattern_[p++];
  if (c == kEscape) {
    if (p >= pattern_.size()) fail("malformed pattern (ends with '%')");
    return p + 1;
  }
  if (c != '[') return p;
  if (p < pattern_.size() && pattern_[p] == '^') ++p;
  do {  // A ']' that comes first stands for itself.
    if (p >= pattern_.size()) fail("malformed pattern (missing ']')");
    const char inside = pattern_[p++];
    if (inside == kEscape) ++p;
  } while (p >= pattern_.size() || pattern_[p] != ']');
  return p + 1;
}

bool PatternMatcher::matches_one(std::size_t s, std::size_t p, std::size_t item_end) {
  if (s >= subject_.size()) return false;
  pay();
  const auto c = static_cast<unsigned char>(subject_[s]);
  switch (pattern_[p]) {
    case '.':
      return true;
    case kEscape:
      return in_class(c, static_cast<unsigned char>(pattern_[p + 1]));
    case '[':
      return in_set(c, p, item_end - 1);
    default:
      return static_cast<unsigned char>(pattern_[p]) == c;
  }
}

// `p` is at the '[', `last` at the ']'.
bool PatternMatcher::in_set(unsigned char c, std::size_t p, std::size_t last) const {
  const bool negated = pattern_[p + 1] == '^';
  p += negated ? 2 : 1;
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(pattern_[i]); };
  for (; p < last; ++p) {
    if (pattern_[p] == kEscape) {
      ++p;
      if (in_class(c, at(p))) return !negated;
    } else if (p + 2 < last && pattern_[p + 1] == '-') {
      if (at(p) <= c && c <= at(p + 2)) return !negated;
      p += 2;
    } else if (at(p) == c) {
      return !negated;
    }
  }
  return negated;
}

void PatternMatcher::push_capture(std::size_t index, std::size_t begin, std::size_t end) const {
  if (index >= count_) {
    if (index != 0) fail("invalid capture index");
    lua_pushlstring(state_, subject_.data() + begin, end - begin);
    return;
  }
  const Capture& capture = captures_[index];
  if (capture.kind == Kind::open) fail("unfinished capture");
  if (capture.kind == Kind::position) {
    lua_pushinteger(state_, static_cast<lua_Integer>(capture.begin + 1));
  } else {
    lua_pushlstring(state_, subject_.data() + capture.begin, capture.length);
  }
}

int PatternMatcher::push_captures(std::size_t begin, std::size_t end) const {
  const std::size_t n = count_ == 0 ? 1 : count_;
  luaL_checkstack(state_, static_cast<int>(n), "too many captures");
  for (std::size_t i = 0; i < n; ++i) push_capture(i, begin, end);
  return static_cast<int>(n);
}

}  // namespace postern
