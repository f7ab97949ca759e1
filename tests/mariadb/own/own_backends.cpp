// The own tables on MariaDB.
#include "conformance/own/own_parts.h"
#include "mariadb/own/site_tables.h"

namespace postern {

std::vector<OwnBackend> own_backends() {
  return {{"MariaDb", [](const TempFolder&) {
             const auto tables = std::make_shared<SiteTables>(MariaDbServer::shared().make_database());
             OwnParts out = parts_of(tables);
             out.add_user = [tables](const std::string& email, const std::string& hash) {
               return tables->add_user(email, hash);
             };
             out.remove_user = [tables](UserId id) { tables->remove_user(id); };
             out.catalog_generation = [tables] { return tables->catalog_generation(); };
             return out;
           }}};
}

}  // namespace postern
