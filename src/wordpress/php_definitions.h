// Goes through the statements of a PHP configuration file and notes what they define. Pure. Any thread.
#pragma once

#include "base/result.h"
#include "wordpress/wp_config.h"

#include <string_view>
#include <vector>

namespace postern::wordpress {

struct PhpDefinitions {
  PhpScope scope;          // Its constants: of two definitions the first counts.
  Evaluated table_prefix;  // `$table_prefix`: of two assignments the last counts. Neither value nor reason: none.
  std::vector<ConfigInclude> includes;
};

// Stops where wp-settings.php is included: nothing behind that counts.
// What is defined under a condition that cannot be known gets a reason in place of its value; the condition
// `!defined('X')` is known. Errors: those of read_php_tokens(), invalid (brackets too deep in one another).
Result<PhpDefinitions> read_definitions(std::string_view file, const ConfigPlace& place);

}  // namespace postern::wordpress
