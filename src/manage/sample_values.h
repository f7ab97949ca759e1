// What stands in a request and where, so that people choose a value instead of writing its path.
#pragma once

#include "manage/interpretation.h"

#include <cstddef>
#include <string>
#include <vector>

namespace postern {

struct SampleValue {
  std::string path;   // As conditions and presets write it: "/order/items/0/id", "header:X-Topic".
  std::string value;  // Text, or a number or boolean as text; cut to kMaxSampleValueBytes.
};

constexpr std::size_t kMaxSampleValues = 500;
constexpr std::size_t kMaxSampleValueBytes = 200;

// The leaves of the body in its order, then parameters, then headers; null and empty ones are left out. Of a list of
// events the first one, as paths begin there. `preset` may be null. A body that cannot be read has none.
struct SampleValues {
  std::vector<SampleValue> values;
  bool complete = true;  // False: there are more.
};
SampleValues values_of(const Preset* preset, const SampleRequest& sample, const FormLimits& limits);

}  // namespace postern
