#include "identity/text.h"

namespace postern::identity {
namespace {

// PHP's state machine, byte by byte. Source: php_strip_tags_ex().
class TagStripper {
 public:
  explicit TagStripper(std::string_view text) : text_(text) { out_.reserve(text.size()); }

  std::string run() {
    for (at_ = 0; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      switch (state_) {
        case State::text:
          in_text(c);
          break;
        case State::tag:
          in_tag(c);
          break;
        case State::php:
          in_php(c);
          break;
        case State::declaration:
          in_declaration(c);
          break;
        case State::comment:
          in_comment(c);
          break;
      }
    }
    return std::move(out_);
  }

 private:
  enum class State { text, tag, php, declaration, comment };

  char before(std::size_t n) const { return at_ >= n ? text_[at_ - n] : '\0'; }
  bool blank_follows() const { return at_ + 1 < text_.size() && is_php_space(text_[at_ + 1]); }
  bool preceded_by(std::string_view word) const {
    return at_ >= word.size() && ascii_lower(text_.substr(at_ - word.size(), word.size())) == word;
  }
  void toggle_quote(char c) {
    if (quote_ == '\0') {
      quote_ = c;
    } else if (quote_ == c) {
      quote_ = '\0';
    }
  }
  // True: the '>' closed something inner, or stands in quotes.
  bool inner_close() {
    if (depth_ > 0) {
      --depth_;
      return true;
    }
    return quote_ != '\0';
  }
  void back_to_text() {
    state_ = State::text;
    quote_ = '\0';
    xml_ = false;
  }

  void in_text(char c) {
    if (c == '\0') return;
    if (c == '<' && !blank_follows()) {
      state_ = State::tag;
      return;
    }
    if (c == '>' && depth_ > 0) {
      --depth_;
      return;
    }
    out_ += c;
  }

  void in_tag(char c) {
    if (c == '<') {
      if (quote_ == '\0' && !blank_follows()) ++depth_;
    } else if (c == '>') {
      if (inner_close()) return;
      if (xml_ && before(1) == '-') return;
      back_to_text();
    } else if (c == '"' || c == '\'') {
      toggle_quote(c);
    } else if (c == '!' && before(1) == '<') {
      state_ = State::declaration;
    } else if (c == '?' && before(1) == '<') {
      state_ = State::php;
      brackets_ = 0;
      last_ = '\0';
    }
  }

  void in_php(char c) {
    if (c == '(') {
      if (last_ != '"' && last_ != '\'') {
        last_ = '(';
        ++brackets_;
      }
    } else if (c == ')') {
      if (last_ != '"' && last_ != '\'') {
        last_ = ')';
        --brackets_;
      }
    } else if (c == '>') {
      if (inner_close()) return;
      if (brackets_ == 0 && last_ != '"' && before(1) == '?') back_to_text();
    } else if (c == '"' || c == '\'') {
      if (before(1) == '\\') return;
      if (last_ == c) {
        last_ = '\0';
      } else if (last_ != '\\') {
        last_ = c;
      }
      toggle_quote(c);
    } else if ((c == 'l' || c == 'L') && preceded_by("<?xm")) {
      state_ = State::tag;
      xml_ = true;
    }
  }

  void in_declaration(char c) {
    if (c == '>') {
      if (!inner_close()) back_to_text();
    } else if (c == '"' || c == '\'') {
      if (before(1) != '\\') toggle_quote(c);
    } else if (c == '-' && before(1) == '-' && before(2) == '!') {
      state_ = State::comment;
    } else if ((c == 'e' || c == 'E') && preceded_by("doctyp")) {
      state_ = State::tag;
    }
  }

  void in_comment(char c) {
    if (c == '>' && quote_ == '\0' && before(1) == '-' && before(2) == '-') back_to_text();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  State state_ = State::text;
  char quote_ = '\0';
  char last_ = '\0';
  int depth_ = 0;
  int brackets_ = 0;
  bool xml_ = false;
  std::string out_;
};

// Deletes `<script …>…</script>` and the same for style: any case, shortest, across lines.
std::string drop_script_and_style(std::string_view text) {
  struct Element {
    std::string_view name;
    std::string_view closing;
    std::size_t last_closing;  // So that text without one is not searched again and again.
  };
  const std::string lower = ascii_lower(text);
  const Element elements[] = {{"script", "</script>", lower.rfind("</script>")},
                              {"style", "</style>", lower.rfind("</style>")}};
  const auto end_of_element = [&](std::size_t open) {
    for (const Element& each : elements) {
      if (std::string_view(lower).substr(open + 1, each.name.size()) != each.name) continue;
      if (each.last_closing == std::string::npos || each.last_closing < open) return std::string::npos;
      const std::size_t closing = lower.find(each.closing, lower.find('>', open) + 1);
      return closing == std::string::npos ? closing : closing + each.closing.size();
    }
    return std::string::npos;
  };
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = lower.find('<', at);
    if (open == std::string::npos) break;
    out += text.substr(at, open - at);
    at = open;
    const std::size_t end = end_of_element(open);
    if (end == std::string::npos) {
      out += text[at++];
    } else {
      at = end;
    }
  }
  out += text.substr(at);
  return out;
}

}  // namespace

std::string strip_tags(std::string_view text) {
  return TagStripper(text).run();
}

std::string strip_all_tags(std::string_view text) {
  if (text.find_first_of(std::string_view("<>\0", 3)) == std::string_view::npos) return std::string(trim(text));
  return std::string(trim(strip_tags(drop_script_and_style(text))));
}

}  // namespace postern::identity
