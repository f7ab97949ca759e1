// The table `verify` of a preset. For .cpp files of this layer only.
#pragma once

#include "source/json_reader.h"
#include "source/preset.h"

#include <boost/json/value.hpp>

namespace postern {

// Also holds the keys against each other: what is signed must be there to be signed.
Verification read_verification(const boost::json::value& value, Complaint& complaint);

}  // namespace postern
