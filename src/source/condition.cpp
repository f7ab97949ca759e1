#include "source/condition.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace postern {
namespace {

using Op = Condition::Op;

constexpr std::size_t kMaxValues = 1000;  // Of one path in one event.

constexpr std::array<std::pair<Op, std::string_view>, 11> kOps{{{Op::eq, "eq"},
                                                                {Op::ne, "ne"},
                                                                {Op::in, "in"},
                                                                {Op::not_in, "not_in"},
                                                                {Op::exists, "exists"},
                                                                {Op::absent, "absent"},
                                                                {Op::contains, "contains"},
                                                                {Op::gt, "gt"},
                                                                {Op::ge, "ge"},
                                                                {Op::lt, "lt"},
                                                                {Op::le, "le"}}};

bool compares_numbers(Op op) {
  return op == Op::gt || op == Op::ge || op == Op::lt || op == Op::le;
}

template <class Number>
std::optional<Number> parse_whole(std::string_view text) {
  Number out{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

std::optional<double> number(std::string_view text) {
  const auto out = parse_whole<double>(text);
  return out && std::isfinite(*out) ? out : std::nullopt;
}

template <class Number>
bool compare(Op op, Number a, Number b) {
  switch (op) {
    case Op::gt:
      return a > b;
    case Op::ge:
      return a >= b;
    case Op::lt:
      return a < b;
    default:
      return a <= b;
  }
}

bool compare_numbers(Op op, std::string_view text, std::string_view value) {
  // Whole numbers exactly: ids and amounts in cents may be too long for a double.
  const auto whole = parse_whole<std::int64_t>(text);
  const auto whole_value = parse_whole<std::int64_t>(value);
  if (whole && whole_value) return compare(op, *whole, *whole_value);
  const auto a = number(text);
  const auto b = number(value);
  return a && b && compare(op, *a, *b);
}

bool fits(Op op, std::string_view text, const std::vector<std::string>& values) {
  if (compares_numbers(op)) return compare_numbers(op, text, values.front());
  if (op == Op::contains) return text.find(values.front()) != std::string_view::npos;
  return std::find(values.begin(), values.end(), text) != values.end();
}

bool holds(const Condition& condition, const Found& found) {
  if (condition.op == Op::exists) return found.exists();
  if (condition.op == Op::absent) return !found.exists();
  const bool negative = condition.op == Op::ne || condition.op == Op::not_in;
  const bool one_fits =
      std::any_of(found.texts.begin(), found.texts.end(),
                  [&](const std::string& text) { return fits(condition.op, text, condition.values); }) ||
      (condition.op == Op::contains &&
       std::find(found.members.begin(), found.members.end(), condition.values.front()) != found.members.end());
  return one_fits != negative;
}

}  // namespace

std::string_view to_word(Condition::Op op) {
  return kOps[static_cast<std::size_t>(op)].second;
}

std::optional<Condition::Op> parse_op(std::string_view word) {
  for (const auto& [op, name] : kOps) {
    if (name == word) return op;
  }
  return std::nullopt;
}

Result<Condition> make_condition(std::string_view subject, std::string_view op, std::vector<std::string> values) {
  const auto bad = [](std::string why) { return Error{Errc::invalid, std::move(why), ""}; };
  Condition out;
  Result<Path> path = parse_subject(subject);
  if (!path) return bad("begins with '" + std::string(subject) + "', which " + path.error().message);
  out.subject = *std::move(path);
  const auto known = parse_op(op);
  if (!known) {
    return bad("has the operator '" + std::string(op) +
               "'; there are eq, ne, in, not_in, exists, absent, contains, gt, ge, lt and le");
  }
  out.op = *known;
  const bool none = *known == Op::exists || *known == Op::absent;
  const bool many = *known == Op::in || *known == Op::not_in;
  if (none && !values.empty()) return bad("has a value, but '" + std::string(op) + "' takes none");
  if (many && values.empty()) return bad("has no list of values, which '" + std::string(op) + "' needs");
  if (!none && !many && values.size() != 1) return bad("needs one value for '" + std::string(op) + "'");
  if (compares_numbers(*known) && !number(values.front())) {
    return bad("compares with '" + values.front() + "', which is no number");
  }
  out.values = std::move(values);
  return out;
}

Found find_fact(std::string_view name, const SourceEvent& event) {
  Found out;
  const std::array<std::pair<std::string_view, const std::string*>, 8> facts{{{"event_type", &event.type},
                                                                              {"event_id", &event.id},
                                                                              {"email", &event.email},
                                                                              {"first_name", &event.first_name},
                                                                              {"last_name", &event.last_name},
                                                                              {"user_login", &event.login},
                                                                              {"external_id", &event.external_id},
                                                                              {"order_ref", &event.order_ref}}};
  for (const auto& [key, text] : facts) {
    if (key == name && !text->empty()) out.texts.push_back(*text);
  }
  if (name == "product") out.texts = event.products;
  return out;
}

bool holds(std::span<const Condition> conditions, const Document& document, std::size_t at, const SourceEvent& event) {
  return std::all_of(conditions.begin(), conditions.end(), [&](const Condition& each) {
    const bool known = each.subject.from == Path::From::fact;
    return holds(each, known ? find_fact(each.subject.name, event) : document.find(at, each.subject, kMaxValues));
  });
}

}  // namespace postern
