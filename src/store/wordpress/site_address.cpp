#include "store/wordpress/site_address.h"

#include "base/check.h"
#include "wordpress/db_host.h"

#include <algorithm>

namespace postern::wordpress {
namespace {

template <class T>
void put(const std::optional<T>& from, std::optional<T>& to, std::string_view name, WpConfig& config) {
  if (!from) return;
  to = from;
  std::erase_if(config.faults, [name](const ConfigFault& fault) { return fault.name == name; });
}

}  // namespace

Result<void> apply(const SiteOverrides& overrides, WpConfig& config) {
  if (overrides.table_prefix && !is_table_prefix(*overrides.table_prefix)) {
    return Error{Errc::invalid, "A table prefix has letters, digits and underscores only, at most 40.", ""};
  }
  put(overrides.db_host, config.db_host, "DB_HOST", config);
  put(overrides.db_name, config.db_name, "DB_NAME", config);
  put(overrides.db_user, config.db_user, "DB_USER", config);
  put(overrides.db_password, config.db_password, "DB_PASSWORD", config);
  put(overrides.table_prefix, config.table_prefix, "$table_prefix", config);
  return {};
}

std::string session_collation(std::string_view db_collate) {
  constexpr std::string_view kOld = "utf8_";
  constexpr std::string_view kNew = "utf8mb4_";
  constexpr const char* kBest = "utf8mb4_unicode_520_ci";
  std::string out(db_collate);
  if (out == "utf8_general_ci") return kBest;
  if (out.starts_with(kOld)) out.replace(0, kOld.size(), kNew);
  return out == "utf8mb4_unicode_ci" || !out.starts_with(kNew) ? kBest : out;
}

Result<mariadb::Address> address_of(const WpConfig& config) {
  CHECK(config.is_usable());
  // What WordPress cannot read it takes for the name of a host.
  const DbHost host = parse_db_host(config.db_host.value_or("")).value_or(DbHost{.host = config.db_host.value_or("")});
  constexpr unsigned kMaxPort = 65535;
  if (host.port > kMaxPort) {
    return Error{Errc::invalid, "DB_HOST has the port " + std::to_string(host.port) + ", and the highest is 65535.",
                 ""};
  }
  mariadb::Address out{.host = host.host,
                       .port = host.port,
                       .socket = host.socket,
                       .user = config.db_user.value_or(""),
                       .password = config.db_password.value_or(Secret()),
                       .database = config.db_name.value_or("")};
  if (config.db_tls) out.tls = mariadb::Tls::unverified;
  out.collation = session_collation(config.db_collate.value_or(""));
  return out;
}

}  // namespace postern::wordpress
