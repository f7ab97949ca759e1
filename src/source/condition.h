// Conditions on an event: what the rules of presets, and those that operators write, are made of.
#pragma once

#include "base/result.h"
#include "source/document.h"
#include "source/path.h"
#include "source/source_event.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

struct Condition {
  // eq … contains compare texts; a number or boolean of JSON counts as its text. gt, ge, lt, le compare numbers, and
  // are false when one side is none. contains: a part of a text, or an element of a list.
  enum class Op { eq, ne, in, not_in, exists, absent, contains, gt, ge, lt, le };
  Path subject;
  Op op = Op::eq;
  std::vector<std::string> values;  // One; several for in and not_in; none for exists and absent.

  bool operator==(const Condition&) const = default;
};

std::string_view to_word(Condition::Op op);
std::optional<Condition::Op> parse_op(std::string_view word);

// Makes one, with the subject parsed. Errors: invalid; the message is the end of a sentence about the condition.
Result<Condition> make_condition(std::string_view subject, std::string_view op, std::vector<std::string> values);

// What has been read of the event: the subjects that are no paths.
Found find_fact(std::string_view name, const SourceEvent& event);

// True if all of them hold; of none, true. A subject that is absent equals nothing: eq, in, contains and the number
// compares are false, ne and not_in true. An empty text is absent. Where a path finds several values, one that fits
// is enough, and ne and not_in mean that none does.
bool holds(std::span<const Condition> conditions, const Document& document, std::size_t at, const SourceEvent& event);

}  // namespace postern
