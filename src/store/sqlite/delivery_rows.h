// A delivery as a row of the table `deliveries`.
#pragma once

#include "model/delivery.h"
#include "store/sqlite/database.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postern::sqlite {

// Writes rows, in the order of their numbers, which must be new.
Result<void> insert_deliveries(Connection& connection, std::span<const Delivery* const> deliveries);

// The columns that read_delivery() expects, in order: `SELECT <these> FROM deliveries …`.
extern const std::string kDeliveryColumns;
Delivery read_delivery(const Query& row);

// Outcomes as text: `s3:0:premium,c7:5:course`: kind (space or course), number, EffectResult, slug. No slug has a
// comma or a colon in it.
std::string encode_outcomes(const std::vector<SpaceOutcome>& outcomes);
// Skips what it cannot read.
std::vector<SpaceOutcome> decode_outcomes(std::string_view text);

}  // namespace postern::sqlite
