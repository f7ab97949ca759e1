#include "admin/resource_routes.h"

namespace postern {

void add_resource_routes(Routes& routes, ResourceParts parts) {
  const auto shared = std::make_shared<const ResourceParts>(std::move(parts));
  add_webhook_routes(routes, shared);
  add_source_routes(routes, shared);
  add_space_routes(routes, shared);
  add_user_routes(routes, shared);
  add_person_routes(routes, shared);
  add_delivery_routes(routes, shared);
  add_delivery_export_routes(routes, shared);
  add_outbox_routes(routes, shared);
  add_overview_routes(routes, shared);
  add_hook_routes(routes, shared);
  add_mail_routes(routes, shared);
}

}  // namespace postern
