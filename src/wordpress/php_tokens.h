// The words of a PHP file, as far as a configuration file needs them. Nothing is run. Pure. Any thread.
// Source: the PHP manual, "Basic syntax" and "Strings".
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postern::wordpress {

enum class PhpTokenKind {
  name,      // define, DB_NAME, \define, Some\Path
  variable,  // $table_prefix, without the dollar
  string,    // A text without variables, its escapes resolved; a heredoc too.
  pattern,   // A text with variables in it: what it says is known only when it runs.
  number,    // As it is written.
  mark,      // ( ) { } [ ] , ; . = ?? ?: => :: -> …; "?>" is ';'.
};

struct PhpToken {
  PhpTokenKind kind = PhpTokenKind::mark;
  std::string text;
  std::size_t line = 1;

  bool is(std::string_view mark) const { return kind == PhpTokenKind::mark && text == mark; }
  // Names of functions and keywords are the same in any case.
  bool is_word(std::string_view lower_case) const;
};

// Comments, white space and what stands outside of <?php … ?> are left out.
// Errors: invalid (a text or comment does not end; with the line where it begins), too_large (more than 1 MiB).
Result<std::vector<PhpToken>> read_php_tokens(std::string_view file);

}  // namespace postern::wordpress
