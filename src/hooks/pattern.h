// Lua's patterns, matched within the limits of a run: Lua's own matcher cannot be interrupted, and some patterns take
// it years. Source: Lua 5.4 manual §6.4.1.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

struct lua_State;

namespace postern {

// One pattern against one subject. Every step is paid for, see spend(). A malformed pattern is a Lua error.
class PatternMatcher {
 public:
  // The views must outlive it; the pattern without its '^'.
  PatternMatcher(lua_State* lua, std::string_view subject, std::string_view pattern)
      : state_(lua), subject_(subject), pattern_(pattern) {}

  // Where the match that begins at `at` ends; nothing if there is none.
  std::optional<std::size_t> match(std::size_t at);

  static constexpr std::size_t kMaxCaptures = 32;
  std::size_t captures() const { return count_; }
  // Pushes the captures of the last match; the whole of it, [begin, end), if there are none. Returns how many.
  int push_captures(std::size_t begin, std::size_t end) const;
  // Pushes the capture of that index (0: the first), or the whole match if there are none.
  void push_capture(std::size_t index, std::size_t begin, std::size_t end) const;

 private:
  enum class Kind { open, closed, position };
  struct Capture {
    std::size_t begin = 0;
    std::size_t length = 0;
    Kind kind = Kind::open;
  };
  using End = std::optional<std::size_t>;

  End step(std::size_t s, std::size_t p);
  End match_item(std::size_t s, std::size_t p);
  End match_repeated(std::size_t s, std::size_t p, std::size_t item_end);
  End expand(std::size_t s, std::size_t p, std::size_t item_end, std::size_t least);
  End expand_lazily(std::size_t s, std::size_t p, std::size_t item_end);
  End open_capture(std::size_t s, std::size_t p, Kind kind);
  End close_capture(std::size_t s, std::size_t p);
  End match_balance(std::size_t s, std::size_t p);
  End match_frontier(std::size_t s, std::size_t p);
  End match_back_reference(std::size_t s, std::size_t p);

  std::size_t item_end(std::size_t p) const;
  bool matches_one(std::size_t s, std::size_t p, std::size_t item_end);
  bool in_set(unsigned char c, std::size_t p, std::size_t last) const;
  void pay();
  [[noreturn]] void fail(const char* message) const;

  lua_State* state_;
  std::string_view subject_;
  std::string_view pattern_;
  std::array<Capture, kMaxCaptures> captures_{};
  std::size_t count_ = 0;
  int depth_ = 0;
  int unpaid_ = 0;
};

}  // namespace postern
