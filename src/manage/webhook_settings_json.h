// Source and protection of a webhook for programs: each member is there, also one that is as it is by default.
#pragma once

#include "model/webhook.h"

#include <boost/json/object.hpp>

namespace postern {

// Of secrets only number and times.
boost::json::object source_json(const SourceSettings& source);
boost::json::object protection_json(const Protection& protection);

}  // namespace postern
