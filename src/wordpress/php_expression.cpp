#include "wordpress/php_expression.h"

#include "base/ascii.h"

#include <array>
#include <charconv>

namespace postern::wordpress {
namespace {

constexpr std::size_t kMaxDepth = 50;  // Brackets in brackets.

Evaluated known(PhpValue value) {
  return {.value = std::move(value), .reason = ""};
}

Evaluated unknown(std::string reason) {
  return {.value = std::nullopt, .reason = std::move(reason)};
}

// Constants of PHP itself. Source: the PHP manual, "Predefined Constants" of core and mysqli.
std::optional<PhpValue> php_constant(std::string_view name) {
  if (name == "DIRECTORY_SEPARATOR") return PhpValue{std::string("/")};
  if (name == "PHP_EOL") return PhpValue{std::string("\n")};
  if (name == "MYSQLI_CLIENT_COMPRESS") return PhpValue{std::int64_t{32}};
  if (name == "MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT") return PhpValue{std::int64_t{64}};
  if (name == "MYSQLI_CLIENT_SSL") return PhpValue{std::int64_t{2048}};
  return std::nullopt;
}

// As PHP joins it to a text. Nothing for an array or a fraction, whose form depends on settings.
std::optional<std::string> joined_text(const PhpValue& value) {
  if (const std::string* text = value.if_string()) return *text;
  if (const std::int64_t* number = value.if_integer()) return std::to_string(*number);
  if (const bool* flag = std::get_if<bool>(&value.data)) return *flag ? "1" : "";
  if (std::holds_alternative<PhpNull>(value.data)) return "";
  return std::nullopt;
}

bool is_falsy(const PhpValue& value) {
  const auto text = joined_text(value);
  return text && (text->empty() || *text == "0");
}

std::string quoted(std::string_view name) {
  return "'" + std::string(name) + "'";
}

// Up to the last '/'; "." without one. Source: the PHP manual, dirname().
std::string parent_of(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Evaluated read_number(std::string text) {
  std::erase(text, '_');
  int base = 10;
  std::string_view digits = text;
  if (const std::string head = ascii_lower(digits.substr(0, 2)); head == "0x" || head == "0b" || head == "0o") {
    base = head == "0x" ? 16 : head == "0b" ? 2 : 8;
    digits.remove_prefix(2);
  } else if (digits.size() > 1 && digits[0] == '0' && digits.find_first_of(".eE") == std::string_view::npos) {
    base = 8;
    digits.remove_prefix(1);
  }
  std::int64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [whole_end, whole_error] = std::from_chars(digits.data(), end, number, base);
  if (whole_error == std::errc() && whole_end == end) return known(PhpValue{number});
  double fraction = 0;
  const auto [double_end, double_error] = std::from_chars(digits.data(), end, fraction);
  if (base == 10 && double_error == std::errc() && double_end == end) return known(PhpValue{fraction});
  return unknown("is a number that cannot be read");
}

class Evaluation {
 public:
  Evaluation(std::span<const PhpToken> tokens, std::size_t& at, const PhpScope& scope)
      : tokens_(tokens), at_(at), scope_(scope) {}

  // value, value ?: value, value ?? value
  Evaluated whole(std::size_t depth) {
    if (depth > kMaxDepth) return unknown("is a computed value");
    Evaluated left = joined(depth);
    const bool elvis = next_is("?:") || (next_is("?") && next_is(":", 1));
    const bool coalesce = next_is("??");
    if (elvis || coalesce) {
      at_ += next_is("?") ? 2 : 1;
      Evaluated right = whole(depth + 1);
      if (!left.value) return left;
      const bool take_right = elvis ? is_falsy(*left.value) : std::holds_alternative<PhpNull>(left.value->data);
      return take_right ? right : left;
    }
    if (next_is("?")) return unknown("depends on a condition");
    return left;
  }

 private:
  const PhpToken* next(std::size_t ahead = 0) const {
    return at_ + ahead < tokens_.size() ? &tokens_[at_ + ahead] : nullptr;
  }
  bool next_is(std::string_view mark, std::size_t ahead = 0) const {
    const PhpToken* token = next(ahead);
    return token != nullptr && token->is(mark);
  }

  // value . value . value, flag | flag
  Evaluated joined(std::size_t depth) {
    Evaluated out = single(depth);
    while (next_is(".") || next_is("|")) {
      const bool text = next_is(".");
      ++at_;
      const Evaluated right = single(depth);
      if (!out.value) continue;
      if (!right.value) {
        out = right;
      } else if (text) {
        const auto a = joined_text(*out.value);
        const auto b = joined_text(*right.value);
        out = a && b ? known(PhpValue{*a + *b}) : unknown("is a computed value");
      } else {
        const std::int64_t* a = out.value->if_integer();
        const std::int64_t* b = right.value->if_integer();
        out = a != nullptr && b != nullptr ? known(PhpValue{*a | *b}) : unknown("is a computed value");
      }
    }
    return out;
  }

  Evaluated single(std::size_t depth) {
    const PhpToken* token = next();
    if (token == nullptr) return unknown("is cut off");
    if (depth > kMaxDepth) return unknown("is a computed value");
    switch (token->kind) {
      case PhpTokenKind::string:
        ++at_;
        return known(PhpValue{token->text});
      case PhpTokenKind::pattern:
        ++at_;
        return unknown("is a text with variables in it");
      case PhpTokenKind::number:
        ++at_;
        return read_number(token->text);
      case PhpTokenKind::variable:
        return variable(*token);
      case PhpTokenKind::name:
        return name(*token, depth);
      case PhpTokenKind::mark:
        break;
    }
    if (token->is("(")) return in_brackets(depth);
    return unknown("is a computed value");
  }

  // A cast to text changes nothing that counts here; the others do.
  Evaluated in_brackets(std::size_t depth) {
    if (next(1) != nullptr && next(1)->is_word("string") && next_is(")", 2)) {
      at_ += 3;
      return single(depth + 1);
    }
    ++at_;
    Evaluated out = whole(depth + 1);
    if (!next_is(")")) return unknown("is a computed value");
    ++at_;
    return out;
  }

  Evaluated from_environment(const std::string& name) const {
    if (scope_.environment) {
      if (auto value = scope_.environment(name)) return known(PhpValue{*std::move(value)});
    }
    return unknown("is read from the environment variable " + quoted(name) + ", which is not set for Postern");
  }

  // $_ENV['NAME'], $_SERVER['NAME']
  Evaluated variable(const PhpToken& token) {
    ++at_;
    const bool environment = token.text == "_ENV" || token.text == "_SERVER";
    const PhpToken* key = next(1);
    if (environment && next_is("[") && key != nullptr && key->kind == PhpTokenKind::string && next_is("]", 2)) {
      at_ += 3;
      if (!key->text.starts_with("HTTP_")) return from_environment(key->text);
      return unknown("depends on the request");
    }
    // Not by its name: a password that lacks its quotes may look like a variable, or like a constant.
    return unknown("is taken from a variable");
  }

  Evaluated name(const PhpToken& token, std::size_t depth) {
    ++at_;
    if (next_is("(")) return call(token, depth);
    if (next_is("::") || next_is("->")) return unknown("is a computed value");
    if (token.is_word("true") || token.is_word("false")) return known(PhpValue{token.is_word("true")});
    if (token.is_word("null")) return known(PhpValue{PhpNull{}});
    if (token.is_word("__dir__")) return known(PhpValue{scope_.directory});
    if (token.is_word("__file__")) return known(PhpValue{scope_.directory + "/wp-config.php"});
    std::string_view plain = token.text;
    if (plain.starts_with('\\')) plain.remove_prefix(1);
    if (const auto it = scope_.constants.find(plain); it != scope_.constants.end()) {
      if (it->second.value) return it->second;
      return unknown("is made of the constant " + quoted(plain) + ", which " + it->second.reason);
    }
    if (auto value = php_constant(plain)) return known(*std::move(value));
    return unknown("is made of a constant that is not defined before");
  }

  // The brackets of a call are passed in any case.
  Evaluated call(const PhpToken& function, std::size_t depth) {
    const std::size_t begin = ++at_;
    Evaluated out = known_call(function, depth);
    at_ = begin;
    std::size_t open = 1;
    for (; at_ < tokens_.size() && open > 0; ++at_) {
      if (tokens_[at_].is("(")) ++open;
      if (tokens_[at_].is(")")) --open;
    }
    return out;
  }

  Evaluated known_call(const PhpToken& function, std::size_t depth) {
    const std::string text = ascii_lower(function.text);
    if (function.is_word("dirname")) {
      Evaluated path = whole(depth + 1);
      const std::string* whole_path = path.value ? path.value->if_string() : nullptr;
      if (whole_path == nullptr || !next_is(")")) return unknown("is a computed value");
      return known(PhpValue{parent_of(*whole_path)});
    }
    const PhpToken* first = next();
    const bool named = first != nullptr && first->kind == PhpTokenKind::string;
    // The helper of WordPress' container image; the variable NAME_FILE names a file with the value, and comes first.
    if (named && text.ends_with("_docker")) {
      const std::string file = first->text + "_FILE";
      if (scope_.environment && scope_.environment(file)) {
        return unknown("is read from the file that the environment variable " + quoted(file) + " names");
      }
      return from_environment(first->text);
    }
    if (named && function.is_word("getenv")) return from_environment(first->text);
    if (named && function.is_word("env")) {
      return unknown("is read by env() from " + quoted(first->text) + " in the environment or in a file '.env'");
    }
    return unknown("is the result of " + function.text + "()");
  }

  std::span<const PhpToken> tokens_;
  std::size_t& at_;
  const PhpScope& scope_;
};

bool ends_expression(const PhpToken& token) {
  return token.is(",") || token.is(";") || token.is(")") || token.is("]") || token.is("}");
}

}  // namespace

void skip_expression(std::span<const PhpToken> tokens, std::size_t& at) {
  std::size_t open = 0;
  for (; at < tokens.size(); ++at) {
    const PhpToken& token = tokens[at];
    if (open == 0 && ends_expression(token)) return;
    if (token.is("(") || token.is("[") || token.is("{")) ++open;
    if (open > 0 && (token.is(")") || token.is("]") || token.is("}"))) --open;
  }
}

Evaluated evaluate(std::span<const PhpToken> tokens, std::size_t& at, const PhpScope& scope) {
  Evaluated out = Evaluation(tokens, at, scope).whole(0);
  if (at < tokens.size() && !ends_expression(tokens[at])) {
    if (out.value) out = unknown("is a computed value");
    skip_expression(tokens, at);
  }
  return out;
}

}  // namespace postern::wordpress
