#include "effects/mail/template.h"

#include "base/html.h"
#include "effects/mail/message.h"

#include <algorithm>
#include <optional>

namespace postern {
namespace {

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// One {{…}} of a template.
struct Tag {
  std::size_t begin = 0;
  std::size_t end = 0;  // Behind its last brace.
  char kind = '\0';     // '#', '^', '/', '!'; 0: a variable.
  std::string_view name;
};

}  // namespace

class TemplateParser {
 public:
  TemplateParser(std::string_view text, std::span<const std::string_view> variables)
      : text_(text), variables_(variables) {}

  Result<Template> run() {
    if (text_.size() > kMaxTemplateBytes) return wrong("it is longer than 64 KiB");
    while (true) {
      const std::optional<Tag> tag = TRY(next());
      if (!tag) break;
      TRY(take(*tag));
    }
    add_text(text_.substr(at_));
    if (!open_.empty()) {
      const Open& open = open_.back();
      return wrong("the section " + out_.pieces_[open.piece].text + " is never ended with {{/…}}", open.at);
    }
    return std::move(out_);
  }

 private:
  // A section that is not ended yet.
  struct Open {
    std::size_t piece = 0;
    std::size_t at = 0;
  };

  Error wrong(const std::string& what) const { return wrong(what, at_); }
  Error wrong(const std::string& what, std::size_t at) const {
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    return {Errc::invalid, "line " + std::to_string(line) + ": " + what, ""};
  }

  Result<std::optional<Tag>> next() const {
    Tag tag;
    tag.begin = text_.find(kOpen, at_);
    if (tag.begin == std::string_view::npos) return std::optional<Tag>();
    const std::size_t close = text_.find(kClose, tag.begin);
    if (close == std::string_view::npos) return wrong("{{ without }}", tag.begin);
    tag.end = close + kClose.size();
    std::string_view inner = trimmed(text_.substr(tag.begin + kOpen.size(), close - tag.begin - kOpen.size()));
    if (!inner.empty() && std::string_view("#^/!").find(inner.front()) != std::string_view::npos) {
      tag.kind = inner.front();
      inner.remove_prefix(1);
    } else if (inner.starts_with('{') || inner.starts_with('&')) {
      return wrong("a value cannot be written unescaped; write {{name}}", tag.begin);
    }
    tag.name = trimmed(inner);
    return std::optional(tag);
  }

  Result<void> take(const Tag& tag) {
    if (tag.kind != '!' && std::find(variables_.begin(), variables_.end(), tag.name) == variables_.end()) {
      std::string known;
      for (const std::string_view each : variables_) known += (known.empty() ? "" : ", ") + std::string(each);
      return wrong("there is no variable '" + one_line(tag.name.substr(0, 60)) + "'. There are: " + known, tag.begin);
    }
    // A tag that has a line for itself takes the line along, its end included.
    std::size_t begin = tag.begin;
    std::size_t end = tag.end;
    if (tag.kind != '\0' && stands_alone(begin, end)) widen(begin, end);
    add_text(text_.substr(at_, begin - at_));
    at_ = tag.begin;  // For messages.
    switch (tag.kind) {
      case '\0':
        out_.pieces_.push_back({Template::Piece::Kind::variable, std::string(tag.name)});
        break;
      case '/':
        TRY(end_section(tag));
        break;
      case '!':
        break;
      default:
        TRY(begin_section(tag));
    }
    at_ = end;
    return {};
  }

  Result<void> begin_section(const Tag& tag) {
    if (open_.size() == kMaxTemplateDepth) return wrong("sections are nested too deeply; 8 levels are allowed");
    open_.push_back({out_.pieces_.size(), tag.begin});
    const auto kind = tag.kind == '#' ? Template::Piece::Kind::section : Template::Piece::Kind::inverted;
    out_.pieces_.push_back({kind, std::string(tag.name)});
    return {};
  }

  Result<void> end_section(const Tag& tag) {
    if (open_.empty() || out_.pieces_[open_.back().piece].text != tag.name) {
      return wrong("{{/" + std::string(tag.name) + "}} ends a section that was not begun here");
    }
    out_.pieces_[open_.back().piece].end = out_.pieces_.size();
    open_.pop_back();
    return {};
  }

  bool stands_alone(std::size_t begin, std::size_t end) const {
    while (begin > at_ && (text_[begin - 1] == ' ' || text_[begin - 1] == '\t')) --begin;
    while (end < text_.size() && (text_[end] == ' ' || text_[end] == '\t' || text_[end] == '\r')) ++end;
    return (begin == 0 || text_[begin - 1] == '\n') && (end == text_.size() || text_[end] == '\n');
  }

  void widen(std::size_t& begin, std::size_t& end) const {
    while (begin > at_ && text_[begin - 1] != '\n') --begin;
    while (end < text_.size() && text_[end] != '\n') ++end;
    if (end < text_.size()) ++end;
  }

  void add_text(std::string_view text) {
    if (!text.empty()) out_.pieces_.push_back({Template::Piece::Kind::text, std::string(text)});
  }

  const std::string_view text_;
  const std::span<const std::string_view> variables_;
  std::size_t at_ = 0;
  Template out_;
  std::vector<Open> open_;
};

Result<Template> Template::parse(std::string_view text, std::span<const std::string_view> variables) {
  return TemplateParser(text, variables).run();
}

std::string Template::render(const TemplateValues& values, TemplateEscaping escaping) const {
  std::string out;
  render(0, pieces_.size(), values, escaping, out);
  return out;
}

void Template::render(std::size_t begin, std::size_t end, const TemplateValues& values, TemplateEscaping escaping,
                      std::string& out) const {
  for (std::size_t i = begin; i < end; ++i) {
    const Piece& piece = pieces_[i];
    if (piece.kind == Piece::Kind::text) {
      out += piece.text;
      continue;
    }
    const auto found = values.find(piece.text);
    const std::string value = found == values.end() ? std::string() : one_line(found->second);
    if (piece.kind != Piece::Kind::variable) {
      if (value.empty() == (piece.kind == Piece::Kind::inverted)) render(i + 1, piece.end, values, escaping, out);
      i = piece.end - 1;
    } else if (escaping == TemplateEscaping::html) {
      append_html_escaped(out, value);
    } else {
      out += value;
    }
  }
}

}  // namespace postern
