// A delivery as a row of the table `deliveries`.
#pragma once

#include "model/delivery.h"
#include "store/sqlite/database.h"

#include <string>
#include <string_view>
#include <vector>

namespace postern::sqlite {

// Writes one row. `delivery.id` must be new.
Result<void> insert_delivery(Connection& connection, const Delivery& delivery);

// The columns that read_delivery() expects, in order: `SELECT <these> FROM deliveries …`.
extern const std::string kDeliveryColumns;
Delivery read_delivery(const Query& row);

// Outcomes as text: `s3:0:premium,c7:5:course`: kind (space or course), number, EffectResult, slug. No slug has a
// comma or a colon in it.
std::string encode_outcomes(const std::vector<SpaceOutcome>& outcomes);
// Skips what it cannot read.
std::vector<SpaceOutcome> decode_outcomes(std::string_view text);

}  // namespace postern::sqlite
