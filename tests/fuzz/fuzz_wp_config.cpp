// Configuration files from any bytes: no crash, and nothing that could be used without being checked.
#include "base/check.h"
#include "wordpress/db_host.h"
#include "wordpress/wp_config.h"

#include <cstdint>
#include <string>
#include <string_view>

using namespace postern::wordpress;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const ConfigPlace place{.directory = "/srv/site", .abspath = "/srv/site/", .environment = nullptr};
  const auto config = read_wp_config(text, place);
  if (!config) return 0;
  if (config->table_prefix) CHECK(is_table_prefix(*config->table_prefix));  // Else: it would get into a statement.
  const bool whole =
      config->db_name && config->db_user && config->db_password && config->db_host && config->table_prefix;
  CHECK(config->is_usable() == whole);  // Else: something is missing and nobody says so.
  if (config->db_host) static_cast<void>(parse_db_host(*config->db_host));
  return 0;
}
