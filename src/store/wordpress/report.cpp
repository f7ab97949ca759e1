#include "store/wordpress/report.h"

#include <algorithm>

namespace postern::wordpress {

std::string_view to_word(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return "ok";
    case Verdict::warning:
      return "warning";
    case Verdict::problem:
      break;
  }
  return "problem";
}

void Report::ok(std::string_view check, std::string says) {
  findings_.push_back({std::string(check), Verdict::ok, std::move(says), ""});
}

void Report::warning(std::string_view check, std::string says, std::string advice) {
  findings_.push_back({std::string(check), Verdict::warning, std::move(says), std::move(advice)});
}

void Report::problem(std::string_view check, std::string says, std::string advice) {
  findings_.push_back({std::string(check), Verdict::problem, std::move(says), std::move(advice)});
}

std::size_t Report::count(Verdict verdict) const {
  return static_cast<std::size_t>(std::count_if(findings_.begin(), findings_.end(),
                                                [verdict](const Finding& each) { return each.verdict == verdict; }));
}

bool Report::is_clean(std::string_view check) const {
  return std::none_of(findings_.begin(), findings_.end(),
                      [check](const Finding& each) { return each.check == check && each.verdict != Verdict::ok; });
}

std::string list_of(const std::vector<std::string>& items, std::size_t most) {
  const bool cut = items.size() > most;
  const std::size_t shown = cut ? most : items.size();
  std::string out;
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) out += !cut && i + 1 == shown ? " and " : ", ";
    out += items[i];
  }
  if (cut) out += " and " + std::to_string(items.size() - shown) + " more";
  return out;
}

}  // namespace postern::wordpress
