// What must hold for every value and every wp-config.php.
#include "wordpress/php_serialize.h"
#include "wordpress/wp_config.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace postern::wordpress {
namespace {

PhpValue make_value(int depth) {
  switch (*rc::gen::inRange(0, depth > 0 ? 6 : 5)) {
    case 0:
      return PhpValue{PhpNull{}};
    case 1:
      return PhpValue{*rc::gen::arbitrary<bool>()};
    case 2:
      return PhpValue{*rc::gen::arbitrary<std::int64_t>()};
    case 3:
      return PhpValue{*rc::gen::arbitrary<double>()};
    case 4:
      return PhpValue{*rc::gen::arbitrary<std::string>()};
    default:
      break;
  }
  PhpValue out{PhpArray()};
  const int count = *rc::gen::inRange(0, 5);
  for (int i = 0; i < count; ++i) {
    const std::string key = *rc::gen::arbitrary<bool>() ? std::to_string(*rc::gen::arbitrary<std::int64_t>())
                                                        : *rc::gen::arbitrary<std::string>();
    set_entry(out, key, make_value(depth - 1));
  }
  return out;
}

TEST(WordPressProperty, ASerializedValueComesBackAsItWas) {
  EXPECT_TRUE(rc::check([] {
    const PhpValue value = make_value(4);
    const std::string text = php_serialize(value);
    const auto back = php_unserialize(text);
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == value);
    RC_ASSERT(php_unserialize(text + "trailing").has_value());
  }));
}

TEST(WordPressProperty, ACutOrChangedValueNeverCrashesNorShowsItsText) {
  EXPECT_TRUE(rc::check([] {
    PhpValue value{PhpArray()};
    set_entry(value, "token", PhpValue{std::string("Hush!Hush!")});
    set_entry(value, "other", make_value(3));
    std::string text = php_serialize(value);
    text.resize(*rc::gen::inRange<std::size_t>(0, text.size()));
    const auto cut = php_unserialize(text);
    RC_ASSERT(!cut.has_value());  // An array ends with its last byte.
    if (!text.empty()) text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
    const auto changed = php_unserialize(text);
    if (!changed) RC_ASSERT(changed.error().message.find("Hush") == std::string::npos);
  }));
}

// As PHP's single quotes take it.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

TEST(WordPressProperty, AnyTextIsReadAsItIsWritten) {
  EXPECT_TRUE(rc::check([](const std::string& name, const std::string& password) {
    const std::string file = "<?php define('DB_NAME', " + quoted(name) +
                             ");\n// '\nconst DB_PASSWORD = " + quoted(password) + ";define('DB_HOST', 'h'); ?>";
    const auto config = read_wp_config(file, {});
    RC_ASSERT(config.has_value());
    RC_ASSERT(config->db_name == name);
    RC_ASSERT(config->db_password && config->db_password->reveal() == password);
    RC_ASSERT(config->db_host == "h");
  }));
}

TEST(WordPressProperty, NoFaultShowsAPassword) {
  EXPECT_TRUE(rc::check([] {
    std::string file =
        "<?php define('DB_PASSWORD', 'Hush!'); define('AUTH_KEY', \"Hush!$x\"); define('DB_USER', f('Hush!') . "
        "'Hush!');"
        "$table_prefix = 'Hush!'; define('DB_NAME', ['Hush!' => 'Hush!']); require_once ABSPATH . 'wp-settings.php';";
    // Any one byte is another one.
    file[*rc::gen::inRange<std::size_t>(5, file.size())] = *rc::gen::arbitrary<char>();
    const auto config = read_wp_config(file, {});
    if (!config) {
      RC_ASSERT((config.error().message + config.error().detail).find("Hush") == std::string::npos);
      return;
    }
    for (const ConfigFault& fault : config->faults) {
      RC_ASSERT(fault.reason.find("Hush") == std::string::npos);
    }
  }));
}

}  // namespace
}  // namespace postern::wordpress
