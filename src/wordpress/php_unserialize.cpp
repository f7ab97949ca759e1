// The reading half of php_serialize.h.
#include "wordpress/php_serialize.h"

#include <charconv>
#include <cstdlib>
#include <limits>
#include <map>

namespace postern::wordpress {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class Reader {
 public:
  Reader(std::string_view text, const PhpLimits& limits) : text_(text), limits_(limits) {}

  Result<PhpValue> value(std::size_t depth) {
    if (depth > limits_.depth) return too_large("values stand deeper in one another than is read");
    if (++values_ > limits_.values) return too_large("there are more values than are read");
    if (rest().starts_with("N;")) return at_ += 2, PhpValue{PhpNull{}};
    if (at_ + 1 >= text_.size() || text_[at_ + 1] != ':') return damaged("no value begins here");
    const char type = text_[at_];
    const std::size_t begin = at_;
    at_ += 2;
    switch (type) {
      case 'b':
        return boolean();
      case 'i':
        return PhpValue{TRY(integer())};
      case 'd':
        return number();
      case 's':
        return string_value();
      case 'a':
        return array(depth);
      case 'O':
        return object(begin, depth);
      case 'C':
        return custom_object(begin);
      case 'R':
      case 'r':
        return at_ = begin, damaged("references are not read");
      default:
        return at_ = begin, damaged("no value begins here");
    }
  }

 private:
  std::string_view rest() const { return text_.substr(at_); }

  Error damaged(const std::string& what) const {
    return {Errc::invalid, "The serialized value is damaged at byte " + std::to_string(at_) + ": " + what + ".", ""};
  }
  static Error too_large(const std::string& what) {
    return {Errc::too_large, "The serialized value is too large: " + what + ".", ""};
  }

  Result<void> expect(char c) {
    if (at_ >= text_.size()) return damaged("it ends here");
    if (text_[at_] != c) return damaged(std::string("there should be '") + c + "' here");
    ++at_;
    return {};
  }

  Result<PhpValue> boolean() {
    const std::string_view text = rest().substr(0, 2);
    if (text != "0;" && text != "1;") return damaged("a truth value is 0 or 1");
    at_ += 2;
    return PhpValue{text[0] == '1'};
  }

  // PHP takes a '+' and zeros in front; beyond 64 bits it takes the greatest or least.
  Result<std::int64_t> integer() {
    std::string_view text = rest().substr(0, rest().find(';'));
    if (text.size() == rest().size()) return damaged("a number does not end");
    const bool negative = text.starts_with('-');
    std::string_view digits = text;
    if (text.starts_with('+') || negative) digits.remove_prefix(1);
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
      return damaged("this is no integer");
    }
    if (!negative) text = digits;
    std::int64_t out = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), out).ec == std::errc::result_out_of_range) {
      out = negative ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
    }
    at_ = text_.find(';', at_) + 1;
    return out;
  }

  Result<PhpValue> number() {
    const std::string_view text = rest().substr(0, rest().find(';'));
    if (text.size() == rest().size()) return damaged("a number does not end");
    double out = 0;
    if (text == "INF" || text == "-INF") {
      out = std::numeric_limits<double>::infinity() * (text.size() == 4 ? -1 : 1);
    } else if (text == "NAN") {
      out = std::numeric_limits<double>::quiet_NaN();
    } else if (is_decimal(text)) {
      out = std::strtod(std::string(text).c_str(), nullptr);  // In the locale "C": nobody here sets another.
    } else {
      return damaged("this is no number");
    }
    at_ += text.size() + 1;
    return PhpValue{out};
  }

  // [+-] digits [. digits] [E [+-] digits], with digits on one side of the point at least.
  static bool is_decimal(std::string_view text) {
    std::size_t at = 0;
    const auto sign = [&] {
      if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    };
    const auto digits = [&] {
      const std::size_t begin = at;
      while (at < text.size() && is_digit(text[at])) ++at;
      return at - begin;
    };
    sign();
    std::size_t mantissa = digits();
    if (at < text.size() && text[at] == '.') {
      ++at;
      mantissa += digits();
    }
    if (mantissa == 0) return false;
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
      ++at;
      sign();
      if (digits() == 0) return false;
    }
    return at == text.size();
  }

  // "12:" Nothing of the announced size can be longer than what is left.
  Result<std::size_t> count() {
    std::size_t end = at_;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    if (end == at_) return damaged("there should be a count here");
    std::size_t out = 0;
    const std::errc error = std::from_chars(text_.data() + at_, text_.data() + end, out).ec;
    if (error != std::errc() || out > text_.size() - end) {
      return damaged("more is announced than follows");
    }
    at_ = end;
    TRY(expect(':'));
    return out;
  }

  // 12:"twelve bytes"
  Result<std::string> quoted() {
    const std::size_t bytes = TRY(count());
    TRY(expect('"'));
    if (text_.size() - at_ < bytes) {
      return damaged("a string of " + std::to_string(bytes) + " bytes is announced, but only " +
                     std::to_string(text_.size() - at_) + " follow");
    }
    if (text_.substr(at_ + bytes, 1) != "\"") {
      return damaged("the string that begins here is not " + std::to_string(bytes) + " bytes long, as it says");
    }
    std::string out(text_.substr(at_, bytes));
    at_ += bytes + 1;
    return out;
  }

  Result<PhpValue> string_value() {
    std::string text = TRY(quoted());
    TRY(expect(';'));
    return PhpValue{std::move(text)};
  }

  Result<PhpKey> key() {
    if (rest().starts_with("i:")) return at_ += 2, PhpKey(TRY(integer()));
    if (!rest().starts_with("s:")) return damaged("a key is an integer or a string");
    at_ += 2;
    const std::string text = TRY(quoted());
    TRY(expect(';'));
    return php_key(text);
  }

  Result<PhpValue> array(std::size_t depth) {
    const std::size_t wanted = TRY(count());
    TRY(expect('{'));
    PhpArray out;
    std::map<PhpKey, std::size_t> places;
    for (std::size_t i = 0; i < wanted; ++i) {
      PhpKey name = TRY(key());
      PhpValue each = TRY(value(depth + 1));
      // Of two entries with one key the last counts, at the place of the first.
      const auto [place, is_new] = places.emplace(name, out.entries.size());
      if (is_new) {
        out.entries.push_back({std::move(name), std::move(each)});
      } else {
        out.entries[place->second].value = std::move(each);
      }
    }
    TRY(expect('}'));
    return PhpValue{std::move(out)};
  }

  // O:8:"stdClass":1:{key value}
  Result<PhpValue> object(std::size_t begin, std::size_t depth) {
    PhpObject out{.class_name = TRY(quoted()), .serialized = ""};
    TRY(expect(':'));
    const std::size_t wanted = TRY(count());
    TRY(expect('{'));
    for (std::size_t i = 0; i < wanted; ++i) {
      TRY(key());
      TRY(value(depth + 1));
    }
    TRY(expect('}'));
    out.serialized = text_.substr(begin, at_ - begin);
    return PhpValue{std::move(out)};
  }

  // C:11:"ArrayObject":21:{twenty-one bytes of its own}
  Result<PhpValue> custom_object(std::size_t begin) {
    PhpObject out{.class_name = TRY(quoted()), .serialized = ""};
    TRY(expect(':'));
    const std::size_t bytes = TRY(count());
    TRY(expect('{'));
    if (text_.size() - at_ < bytes) return damaged("more is announced than follows");
    at_ += bytes;
    TRY(expect('}'));
    out.serialized = text_.substr(begin, at_ - begin);
    return PhpValue{std::move(out)};
  }

  std::string_view text_;
  const PhpLimits& limits_;
  std::size_t at_ = 0;
  std::size_t values_ = 0;
};

}  // namespace

Result<PhpValue> php_unserialize(std::string_view text, const PhpLimits& limits) {
  if (text.size() > limits.text_bytes) {
    return Error{Errc::too_large,
                 "The serialized value has " + std::to_string(text.size()) + " bytes; at most " +
                     std::to_string(limits.text_bytes) + " are read.",
                 ""};
  }
  return Reader(text, limits).value(0);
}

}  // namespace postern::wordpress
