#include "admin/description_routes.h"

#include "admin/ui_pages.h"

namespace postern {

void add_description_routes(Routes& routes) {
  routes.add({.method = "GET", .pattern = "/openapi.yaml", .handle = [](Call&) -> Reply {
                const WebAsset* description = find_asset("docs/openapi.yaml");
                if (description == nullptr) return no_such("description");
                http::Response response;
                response.content_type = description->content_type;
                response.body = description->identity;
                return response;
              }});
}

}  // namespace postern
