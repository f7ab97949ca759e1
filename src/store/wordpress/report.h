// What the doctor found, as values.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postern::wordpress {

// ok: nothing to do. warning: somebody should look. problem: Postern cannot work on the site like this.
enum class Verdict { ok, warning, problem };

std::string_view to_word(Verdict verdict);

// One thing that was looked at. Texts may hold names from the site: print them with printable(). Never a secret.
struct Finding {
  std::string check;  // What was looked at, a word that stays the same: "tables", "clock", …
  Verdict verdict = Verdict::ok;
  std::string says;    // A sentence or more.
  std::string advice;  // What to do; empty if nothing is to be done.
};

class Report {
 public:
  void ok(std::string_view check, std::string says);
  void warning(std::string_view check, std::string says, std::string advice);
  void problem(std::string_view check, std::string says, std::string advice);

  const std::vector<Finding>& findings() const { return findings_; }
  std::size_t count(Verdict verdict) const;
  // Has this check found nothing but `ok` so far?
  bool is_clean(std::string_view check) const;

 private:
  std::vector<Finding> findings_;
};

// "a, b and c"; of more than `most`: "a, b and 7 more".
std::string list_of(const std::vector<std::string>& items, std::size_t most = 5);

}  // namespace postern::wordpress
