#include "wordpress/php_tokens.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <algorithm>
#include <array>

namespace postern::wordpress {
namespace {

constexpr std::size_t kMaxFileBytes = 1U << 20U;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Bytes beyond ASCII are letters to PHP.
bool begins_name(char c) {
  return (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool in_name(char c) {
  return begins_name(c) || is_digit(c);
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

// A text between quotes, taken apart.
struct Decoded {
  std::string text;
  bool has_variables = false;
};

// The value of up to `most` digits to the base at the front of `text`; how many there were.
std::size_t read_digits(std::string_view text, int base, std::size_t most, unsigned& out) {
  std::size_t count = 0;
  while (count < text.size() && count < most) {
    const int digit = hex_digit(text[count]);
    if (digit < 0 || digit >= base) break;
    out = out * static_cast<unsigned>(base) + static_cast<unsigned>(digit);
    ++count;
  }
  return count;
}

// What the escape after a backslash means, written to `out`; how many bytes it takes. 0: it is none.
std::size_t decode_escape(std::string_view text, char quote, std::string& out) {
  constexpr std::string_view kLetters = "ntrvef\\$";
  constexpr std::string_view kMeanings = "\n\t\r\v\x1b\f\\$";
  if (text.empty()) return 0;
  if (const std::size_t at = kLetters.find(text[0]); at != std::string_view::npos) return out += kMeanings[at], 1;
  if (text[0] == quote) return out += quote, 1;
  unsigned number = 0;
  if (const std::size_t count = read_digits(text, 8, 3, number); count > 0) {
    return out += static_cast<char>(static_cast<unsigned char>(number)), count;
  }
  if (text[0] == 'x') {
    const std::size_t count = read_digits(text.substr(1), 16, 2, number);
    if (count > 0) return out += static_cast<char>(static_cast<unsigned char>(number)), count + 1;
  }
  if (text.starts_with("u{")) {
    const std::size_t count = read_digits(text.substr(2), 16, 6, number);
    if (count > 0 && text.substr(2 + count, 1) == "}" && number <= 0x10FFFF) {
      return utf8::append(out, static_cast<char32_t>(number)), count + 3;
    }
  }
  return 0;
}

// What stands in double quotes or a heredoc, for which `quote` is NUL.
Decoded decode(std::string_view text, char quote) {
  Decoded out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view next = text.substr(i + 1);
    if (text[i] == '\\') {
      const std::size_t taken = decode_escape(next, quote, out.text);
      if (taken == 0) out.text += '\\';
      i += taken;
      continue;
    }
    if (text[i] == '$' && !next.empty() && (begins_name(next[0]) || next[0] == '{')) out.has_variables = true;
    if (text[i] == '{' && next.starts_with('$')) out.has_variables = true;
    out.text += text[i];
  }
  return out;
}

class Tokenizer {
 public:
  explicit Tokenizer(std::string_view file) : file_(file) {}

  Result<std::vector<PhpToken>> run() {
    skip_html();
    while (at_ < file_.size()) {
      TRY(step());
    }
    return std::move(tokens_);
  }

 private:
  std::string_view rest() const { return file_.substr(at_); }

  void advance(std::size_t bytes) {
    bytes = std::min(bytes, file_.size() - at_);
    const std::string_view passed = file_.substr(at_, bytes);
    line_ += static_cast<std::size_t>(std::count(passed.begin(), passed.end(), '\n'));
    at_ += bytes;
  }

  void add(PhpTokenKind kind, std::string text) { tokens_.push_back({kind, std::move(text), line_}); }

  // To behind the next "<?php" or "<?=".
  void skip_html() {
    while (at_ < file_.size()) {
      advance(std::min(file_.find("<?", at_), file_.size()) - at_);
      const std::string head = ascii_lower(rest().substr(0, 5));
      if (head == "<?php" && (rest().size() == 5 || is_blank(rest()[5]))) return advance(5);
      if (head.starts_with("<?=")) return advance(3), add(PhpTokenKind::name, "echo");
      advance(2);
    }
  }

  Error open_ended(const std::string& what, std::size_t line) const {
    return {
        Errc::invalid,
        "The file cannot be read as PHP: " + what + " that begins on line " + std::to_string(line) + " does not end.",
        ""};
  }

  Result<void> step() {
    const char c = file_[at_];
    if (is_blank(c)) return advance(1), Result<void>();
    if (rest().starts_with("?>")) {
      add(PhpTokenKind::mark, ";");
      advance(2);
      return skip_html(), Result<void>();
    }
    if (rest().starts_with("//") || (c == '#' && !rest().starts_with("#["))) return skip_line_comment(), Result<void>();
    if (rest().starts_with("/*")) return skip_block_comment();
    if (c == '\'') return single_quoted();
    if (c == '"' || c == '`') return double_quoted();
    if (rest().starts_with("<<<")) return heredoc();
    if (c == '$' && rest().size() > 1 && begins_name(rest()[1])) return variable(), Result<void>();
    if (begins_name(c) || (c == '\\' && rest().size() > 1 && begins_name(rest()[1]))) return name(), Result<void>();
    if (is_digit(c) || (c == '.' && rest().size() > 1 && is_digit(rest()[1]))) return number(), Result<void>();
    return mark(), Result<void>();
  }

  // A "?>" ends it too, and stays.
  void skip_line_comment() {
    const std::size_t end = std::min(file_.find_first_of("\r\n", at_), file_.size());
    advance(std::min(file_.find("?>", at_), end) - at_);
  }

  Result<void> skip_block_comment() {
    const std::size_t end = file_.find("*/", at_ + 2);
    if (end == std::string_view::npos) return open_ended("a comment", line_);
    advance(end + 2 - at_);
    return {};
  }

  Result<void> single_quoted() {
    std::string text;
    std::size_t i = at_ + 1;
    for (; i < file_.size() && file_[i] != '\''; ++i) {
      if (file_[i] == '\\' && i + 1 < file_.size() && (file_[i + 1] == '\'' || file_[i + 1] == '\\')) ++i;
      text += file_[i];
    }
    if (i >= file_.size()) return open_ended("a text", line_);
    add(PhpTokenKind::string, std::move(text));
    advance(i + 1 - at_);
    return {};
  }

  // What is between backticks is run as a command: like a text with variables, it is not known.
  Result<void> double_quoted() {
    const char quote = file_[at_];
    std::size_t i = at_ + 1;
    for (; i < file_.size() && file_[i] != quote; ++i) {
      if (file_[i] == '\\') ++i;
    }
    if (i >= file_.size()) return open_ended("a text", line_);
    Decoded text = decode(file_.substr(at_ + 1, i - at_ - 1), quote);
    add(text.has_variables || quote == '`' ? PhpTokenKind::pattern : PhpTokenKind::string, std::move(text.text));
    advance(i + 1 - at_);
    return {};
  }

  // <<<NAME, <<<"NAME" or <<<'NAME'; the last takes no escapes. The closing name may be indented, and by as much as it
  // is each line is.
  Result<void> heredoc() {
    std::size_t i = at_ + 3;
    while (i < file_.size() && (file_[i] == ' ' || file_[i] == '\t')) ++i;
    const char quote = i < file_.size() && (file_[i] == '\'' || file_[i] == '"') ? file_[i++] : '\0';
    const std::size_t begin = i;
    while (i < file_.size() && in_name(file_[i])) ++i;
    const std::string_view label = file_.substr(begin, i - begin);
    if (quote != '\0' && i < file_.size()) ++i;
    const std::size_t body = file_.find('\n', i);
    if (label.empty() || body == std::string_view::npos) return mark(), Result<void>();
    std::vector<std::string_view> lines;
    for (std::size_t at = body + 1; at <= file_.size();) {
      const std::size_t end = std::min(file_.find('\n', at), file_.size());
      const std::string_view line = file_.substr(at, end - at);
      const std::size_t indent = std::min(line.find_first_not_of(" \t"), line.size());
      const std::string_view text = line.substr(indent);
      if (text.starts_with(label) && (text.size() == label.size() || !in_name(text[label.size()]))) {
        add_heredoc(lines, indent, quote);
        advance(at + indent + label.size() - at_);
        return {};
      }
      lines.push_back(line);
      at = end + 1;
    }
    return open_ended("a heredoc", line_);
  }

  void add_heredoc(const std::vector<std::string_view>& lines, std::size_t indent, char quote) {
    std::string raw;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const std::size_t blanks = std::min(lines[i].find_first_not_of(" \t"), lines[i].size());
      raw += lines[i].substr(std::min(indent, blanks));
      if (i + 1 < lines.size()) raw += '\n';
    }
    if (raw.ends_with('\r')) raw.pop_back();  // It belongs to the line end before the closing name.
    if (quote == '\'') return add(PhpTokenKind::string, std::move(raw));
    Decoded text = decode(raw, '\0');
    add(text.has_variables ? PhpTokenKind::pattern : PhpTokenKind::string, std::move(text.text));
  }

  void variable() {
    std::size_t i = at_ + 1;
    while (i < file_.size() && in_name(file_[i])) ++i;
    add(PhpTokenKind::variable, std::string(file_.substr(at_ + 1, i - at_ - 1)));
    advance(i - at_);
  }

  void name() {
    std::size_t i = at_;
    while (i < file_.size() && (in_name(file_[i]) || file_[i] == '\\')) ++i;
    add(PhpTokenKind::name, std::string(file_.substr(at_, i - at_)));
    advance(i - at_);
  }

  void number() {
    std::size_t i = at_;
    while (i < file_.size() &&
           (in_name(file_[i]) || (file_[i] == '.' && i + 1 < file_.size() && is_digit(file_[i + 1])))) {
      ++i;
    }
    add(PhpTokenKind::number, std::string(file_.substr(at_, i - at_)));
    advance(i - at_);
  }

  void mark() {
    constexpr std::array<std::string_view, 14> kLong{"===", "!==", "?->", "?\?=", "::", "->", "=>",
                                                     "==",  "!=",  "??",  "?:",   "&&", "||", ".="};
    for (const std::string_view each : kLong) {
      if (!rest().starts_with(each)) continue;
      add(PhpTokenKind::mark, std::string(each));
      return advance(each.size());
    }
    add(PhpTokenKind::mark, std::string(1, file_[at_]));
    advance(1);
  }

  std::string_view file_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::vector<PhpToken> tokens_;
};

}  // namespace

bool PhpToken::is_word(std::string_view lower_case) const {
  if (kind != PhpTokenKind::name) return false;
  std::string_view word = text;
  if (word.starts_with('\\')) word.remove_prefix(1);
  return word.size() == lower_case.size() && ascii_lower(word) == lower_case;
}

Result<std::vector<PhpToken>> read_php_tokens(std::string_view file) {
  if (file.size() > kMaxFileBytes) {
    return Error{Errc::too_large, "The file is larger than 1 MiB, which no configuration of WordPress is.", ""};
  }
  return Tokenizer(file).run();
}

}  // namespace postern::wordpress
