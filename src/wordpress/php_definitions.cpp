#include "wordpress/php_definitions.h"

#include "base/ascii.h"

#include <algorithm>
#include <array>

namespace postern::wordpress {
namespace {

constexpr std::size_t kMaxDepth = 100;  // Blocks in blocks.

// Whether a statement is run: always, nobody knows, never.
enum class Run { always, perhaps, never };

Run both(Run a, Run b) {
  return std::max(a, b);
}

// What the scripts that load the file may have defined before, each another one.
// Source: wp-load.php, wp-cron.php, wp-admin/*, wp-cli.
bool may_be_defined_before(std::string_view name) {
  constexpr std::array<std::string_view, 8> kNames{"ABSPATH",    "WP_CLI",        "WP_ADMIN",       "DOING_CRON",
                                                   "DOING_AJAX", "WP_INSTALLING", "XMLRPC_REQUEST", "WP_USE_THEMES"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

bool is_include(const PhpToken& token) {
  return token.is_word("require") || token.is_word("require_once") || token.is_word("include") ||
         token.is_word("include_once");
}

class Walk {
 public:
  Walk(const std::vector<PhpToken>& tokens, PhpDefinitions& out) : tokens_(tokens), out_(out) {}

  Result<void> file() {
    while (at_ < tokens_.size() && !ended_) {
      if (next_is("}")) ++at_;  // One too many: PHP would not read on; we find out nothing new either way.
      TRY(statement(Run::always, 0));
    }
    return {};
  }

 private:
  bool next_is(std::string_view mark, std::size_t ahead = 0) const {
    return at_ + ahead < tokens_.size() && tokens_[at_ + ahead].is(mark);
  }
  bool next_is_word(std::string_view word, std::size_t ahead = 0) const {
    return at_ + ahead < tokens_.size() && tokens_[at_ + ahead].is_word(word);
  }
  bool next_is_one_of(std::initializer_list<std::string_view> words) const {
    return std::any_of(words.begin(), words.end(), [this](std::string_view word) { return next_is_word(word); });
  }

  Result<void> statement(Run run, std::size_t depth) {
    if (depth > kMaxDepth) {
      return Error{Errc::invalid, "The file cannot be read as PHP: its blocks stand too deep in one another.", ""};
    }
    if (at_ >= tokens_.size() || ended_) return {};
    if (next_is(";")) return ++at_, Result<void>();
    if (next_is("{")) return block(run, depth);
    if (next_is_word("if")) return if_statement(run, depth);
    if (next_is_one_of(
            {"while", "for", "foreach", "switch", "declare", "try", "do", "else", "elseif", "catch", "finally"})) {
      ++at_;
      if (next_is("(")) skip_brackets();
      return body(both(run, Run::perhaps), depth);
    }
    if (declares_code()) return skip_declaration(), Result<void>();
    if (next_is_word("const")) return constants(run), Result<void>();
    if (run == Run::always && ends_file()) return ended_ = true, Result<void>();
    return expression_statement(run), Result<void>();
  }

  Result<void> block(Run run, std::size_t depth) {
    ++at_;
    while (at_ < tokens_.size() && !next_is("}") && !ended_) {
      TRY(statement(run, depth + 1));
    }
    if (next_is("}")) ++at_;
    return {};
  }

  // What follows a condition: a statement, a block, or ": … endif;".
  Result<void> body(Run run, std::size_t depth) {
    if (!next_is(":")) return statement(run, depth + 1);
    ++at_;
    while (at_ < tokens_.size() && !ended_ && !next_is("}") &&
           !next_is_one_of({"endif", "endwhile", "endfor", "endforeach", "endswitch", "else", "elseif"})) {
      TRY(statement(run, depth + 1));
    }
    if (at_ < tokens_.size() && !next_is_word("else") && !next_is_word("elseif") && !next_is("}")) ++at_;
    return {};
  }

  struct Condition {
    Run run = Run::perhaps;
    std::string undefined;  // X, of !defined('X').
  };

  // "(!defined('X'))" and "(defined('X'))" are known; they are passed.
  Condition condition() {
    const std::size_t begin = at_;
    skip_brackets();
    std::size_t inner = begin + 1;
    const auto token = [&](std::size_t ahead) -> const PhpToken* {
      return inner + ahead < at_ ? &tokens_[inner + ahead] : nullptr;
    };
    const bool negated = token(0) != nullptr && token(0)->is("!");
    if (negated) ++inner;
    if (at_ - inner != 5 || !token(0)->is_word("defined") || !token(1)->is("(") ||
        token(2)->kind != PhpTokenKind::string) {
      return {};
    }
    const std::string& name = token(2)->text;
    const auto it = out_.scope.constants.find(name);
    if (it == out_.scope.constants.end()) {
      // The file goes on as if nobody else had defined it, unless that is usual.
      if (!negated || may_be_defined_before(name)) return {.run = Run::perhaps, .undefined = negated ? name : ""};
      return {.run = Run::always, .undefined = name};
    }
    if (!it->second.value) return {};
    return {.run = negated ? Run::never : Run::always, .undefined = ""};
  }

  Result<void> if_statement(Run run, std::size_t depth) {
    bool taken = false;      // One branch was run for certain.
    bool all_missed = true;  // None of them was run, for certain.
    bool more = true;
    while (more) {
      ++at_;
      const Condition asked = condition();
      const Run here = taken ? Run::never : asked.run == Run::always && !all_missed ? Run::perhaps : asked.run;
      const std::string outer = std::exchange(undefined_, asked.undefined);
      TRY(body(both(run, here), depth));
      undefined_ = outer;
      taken = taken || here == Run::always;
      all_missed = all_missed && here == Run::never;
      if (next_is_word("else") && next_is_word("if", 1)) ++at_;
      more = next_is_word("elseif") || (next_is_word("if") && at_ > 0 && tokens_[at_ - 1].is_word("else"));
    }
    if (!next_is_word("else")) return {};
    ++at_;
    return body(both(run, taken ? Run::never : all_missed ? Run::always : Run::perhaps), depth);
  }

  // Functions and classes: what is in them is not run here.
  bool declares_code() const {
    if (next_is_word("function")) return !next_is("(", 1);
    return next_is_one_of({"class", "abstract", "final", "interface", "trait"});
  }

  void skip_declaration() {
    while (at_ < tokens_.size() && !next_is("{") && !next_is(";")) ++at_;
    if (next_is("{")) skip_brackets();
  }

  bool ends_file() const { return next_is_one_of({"return", "exit", "die", "__halt_compiler"}); }

  // From an opening bracket behind its closing one.
  void skip_brackets() {
    std::size_t open = 0;
    for (; at_ < tokens_.size(); ++at_) {
      if (next_is("(") || next_is("[") || next_is("{")) ++open;
      if (!next_is(")") && !next_is("]") && !next_is("}")) continue;
      if (--open == 0) return static_cast<void>(++at_);
    }
  }

  void note(std::string_view name, Evaluated value, std::size_t line, Run run) {
    // A definition of X under !defined('X') is not uncertain: either way there is one, and ours is the one to go by.
    if (name == undefined_ && run == Run::perhaps && !undefined_.empty()) run = Run::always;
    if (run == Run::never || out_.scope.constants.contains(name)) return;
    value.line = line;
    if (run == Run::perhaps) value = {std::nullopt, "is defined under a condition", line};
    out_.scope.constants.emplace(name, std::move(value));
  }

  // const A = 1, B = 2;
  void constants(Run run) {
    ++at_;
    while (at_ + 1 < tokens_.size() && tokens_[at_].kind == PhpTokenKind::name && next_is("=", 1)) {
      const PhpToken& name = tokens_[at_];
      at_ += 2;
      note(name.text, evaluate(tokens_, at_, out_.scope), name.line, run);
      if (next_is(",")) ++at_;
    }
    skip_to_end();
  }

  void skip_to_end() {
    while (at_ < tokens_.size() && !next_is(";") && !next_is("}")) {
      if (next_is("(") || next_is("[") || next_is("{")) {
        skip_brackets();
      } else {
        ++at_;
      }
    }
    if (next_is(";")) ++at_;
  }

  // Up to its ';'. A define() that the statement begins with is run for certain; so is one behind "defined('X') ||".
  // What else it holds may stand in a function that nobody calls.
  void expression_statement(Run run) {
    while (next_is("@") || next_is("(")) ++at_;
    if (next_is_word("defined") && next_is("(", 1) && at_ + 2 < tokens_.size() && next_is(")", 3) &&
        (next_is("||", 4) || next_is_word("or", 4))) {
      const std::size_t define = at_ + 5;
      const bool same = define + 2 < tokens_.size() && tokens_[define].is_word("define") &&
                        tokens_[define + 2].text == tokens_[at_ + 2].text;
      at_ = define;
      if (!same) run = both(run, Run::perhaps);
    }
    Run here = run;
    for (std::size_t open = 0; at_ < tokens_.size() && !ended_;) {
      if (next_is(";") && open == 0) return static_cast<void>(++at_);
      if (next_is("}") && open == 0) return;
      part(here, open);
      here = both(run, Run::perhaps);
    }
  }

  // One step through an expression; `open` counts its brackets.
  void part(Run run, std::size_t& open) {
    const PhpToken& token = tokens_[at_];
    const PhpToken* before = at_ > 0 ? &tokens_[at_ - 1] : nullptr;
    const bool of_object = before != nullptr && (before->is("->") || before->is("?->") || before->is("::") ||
                                                 before->is_word("function") || before->is_word("new"));
    if (token.is_word("define") && next_is("(", 1) && !of_object) return define(run);
    if (is_include(token) && !of_object) return include(run);
    if (token.is_word("eval") && next_is("(", 1) && !of_object && run != Run::never) {
      out_.includes.push_back({"code that eval() runs", token.line});
    }
    if (assigns_prefix()) return prefix(run);
    if (token.is("(") || token.is("[") || token.is("{")) ++open;
    if (open > 0 && (token.is(")") || token.is("]") || token.is("}"))) --open;
    ++at_;
  }

  // define(NAME, value[, …])
  void define(Run run) {
    const std::size_t line = tokens_[at_].line;
    at_ += 2;
    const Evaluated name = evaluate(tokens_, at_, out_.scope);
    if (!next_is(",")) return;
    ++at_;
    Evaluated value = evaluate(tokens_, at_, out_.scope);
    const std::string* text = name.value ? name.value->if_string() : nullptr;
    if (text != nullptr) {
      note(*text, std::move(value), line, run);
    } else if (run != Run::never) {
      out_.includes.push_back({"a define() of a name that is computed", line});
    }
    while (next_is(",")) {
      ++at_;
      skip_expression(tokens_, at_);
    }
    if (next_is(")")) ++at_;
  }

  void include(Run run) {
    const std::size_t line = tokens_[at_].line;
    const std::size_t begin = ++at_;
    skip_expression(tokens_, at_);
    std::string what = "a file whose name is computed";
    for (std::size_t i = begin; i < at_; ++i) {
      if (tokens_[i].kind == PhpTokenKind::string) what = tokens_[i].text;
    }
    if (run == Run::never) return;
    if (what.ends_with("wp-settings.php")) return static_cast<void>(ended_ = true);
    out_.includes.push_back({std::move(what), line});
  }

  // $table_prefix = …, $GLOBALS['table_prefix'] = …
  bool assigns_prefix() const {
    const PhpToken& token = tokens_[at_];
    if (token.kind != PhpTokenKind::variable) return false;
    if (token.text == "table_prefix") return next_is("=", 1) || next_is(".=", 1) || next_is("?\?=", 1);
    return token.text == "GLOBALS" && next_is("[", 1) && at_ + 2 < tokens_.size() &&
           tokens_[at_ + 2].text == "table_prefix" && next_is("]", 3) && next_is("=", 4);
  }

  void prefix(Run run) {
    const std::size_t line = tokens_[at_].line;
    at_ += tokens_[at_].text == "GLOBALS" ? 4 : 1;
    const bool plain = next_is("=");
    ++at_;
    Evaluated value = evaluate(tokens_, at_, out_.scope);
    if (run == Run::never) return;
    if (run == Run::perhaps) value = {std::nullopt, "is set under a condition", line};
    if (!plain) value = {std::nullopt, "is a computed value", line};
    value.line = line;
    out_.table_prefix = std::move(value);
  }

  const std::vector<PhpToken>& tokens_;
  PhpDefinitions& out_;
  std::size_t at_ = 0;
  bool ended_ = false;
  std::string undefined_;  // We are in the block of an if (!defined('…')) of this name.
};

}  // namespace

Result<PhpDefinitions> read_definitions(std::string_view file, const ConfigPlace& place) {
  const std::vector<PhpToken> tokens = TRY(read_php_tokens(file));
  if (tokens.empty()) {
    return Error{Errc::invalid, "The file holds no PHP: it has no '<?php'. Is it the wp-config.php of the site?", ""};
  }
  PhpDefinitions out;
  out.scope.directory = place.directory;
  out.scope.environment = place.environment;
  if (!place.abspath.empty()) {
    out.scope.constants.emplace("ABSPATH", Evaluated{PhpValue{place.abspath}, "", 0});
  }
  TRY(Walk(tokens, out).file());
  return out;
}

}  // namespace postern::wordpress
