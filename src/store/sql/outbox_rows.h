// An effect as a row of the table `outbox`.
#pragma once

#include "model/effect.h"
#include "store/sql/connection.h"

#include <span>
#include <string>

namespace postern::sql {

// Returns the row's number.
Result<OutboxId> insert_effect(Connection& db, const NewEffect& effect, WallTime at);
// Many, in their order, with few statements.
Result<void> insert_effects(Connection& db, std::span<const NewEffect> effects, WallTime at);

// Removes rows with their attempts. Returns how many there were.
Result<std::int64_t> remove_effects(Connection& db, std::span<const std::int64_t> ids);

// The columns that read_outbox_row() expects, in order.
extern const std::string kOutboxColumns;
OutboxRow read_outbox_row(const Query& row);

}  // namespace postern::sql
