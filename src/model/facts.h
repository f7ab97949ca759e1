// What the store knew about one person when the decision was taken.
#pragma once

#include "model/ids.h"
#include "model/space.h"

#include <optional>
#include <vector>

namespace postern {

struct Facts {
  std::optional<UserId> user;           // Empty: nobody has this e-mail address.
  bool administrator = false;           // Of the whole site.
  std::vector<Membership> memberships;  // Those of the spaces that were asked about; no order.
  bool operator==(const Facts&) const = default;
};

}  // namespace postern
