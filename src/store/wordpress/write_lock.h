// One writer at a time, however many processes on however many nodes use the database: each transaction that writes
// Postern's tables first updates the same row. Who does not wait for the row, on another node of a Galera cluster,
// finds the conflict at commit and is undone there.
#pragma once

#include "base/result.h"
#include "store/mariadb/database.h"
#include "store/mariadb/table_names.h"

#include <cstdint>

namespace postern::wordpress {

// To be called first in a transaction, before anything is read: what is read afterwards is then as the writer before
// has left it. Waits for at most Address::lock_timeout; the lock is held until the transaction ends.
// Errors: those of to_error(); internal (the row is gone).
Result<void> take_write_lock(mariadb::Connection& db, const mariadb::TableNames& tables);

// Rises whenever spaces or webhooks have changed. Errors: those of to_error(); internal (the row is gone).
Result<std::int64_t> read_generation(mariadb::Connection& db, const mariadb::TableNames& tables);
// The caller holds the write lock. Errors: those of to_error().
Result<void> raise_generation(mariadb::Connection& db, const mariadb::TableNames& tables);

}  // namespace postern::wordpress
