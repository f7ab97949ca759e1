// An effect as a row of the table `outbox`.
#pragma once

#include "model/effect.h"
#include "store/sqlite/database.h"

#include <string>

namespace postern::sqlite {

Result<OutboxId> insert_effect(Connection& connection, const NewEffect& effect, WallTime at);

// The columns that read_outbox_row() expects, in order.
extern const std::string kOutboxColumns;
OutboxRow read_outbox_row(const Query& row);

}  // namespace postern::sqlite
