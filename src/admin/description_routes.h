// The description of the API, told by the API itself.
#pragma once

#include "admin/routes.h"

namespace postern {

// GET /openapi.yaml
void add_description_routes(Routes& routes);

}  // namespace postern
