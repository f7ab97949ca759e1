// What a subcommand prints. Results to standard output; everything else to standard error.
#pragma once

#include "base/clock.h"
#include "model/delivery.h"
#include "model/space.h"
#include "model/user.h"
#include "model/webhook.h"
#include "store/user_store.h"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace postern {

// Text from outside, made harmless for a terminal: control characters come out as \xNN.
std::string printable(std::string_view text);
void print_line(std::string_view text);
void print_json(const boost::json::value& value);
void flush_output();
void print_message(std::string_view text);  // Standard error.

// Aligned columns under their heads, without colours, so that it reads the same in a file. `empty` is said if there is
// no row.
void print_table(const std::vector<std::string>& heads, const std::vector<std::vector<std::string>>& rows,
                 std::string_view empty);

boost::json::object to_json(const Space& space);
boost::json::object to_json(const Webhook& webhook);
boost::json::object to_json(const User& user);
boost::json::object to_json(const Delivery& delivery);

}  // namespace postern
