// What an error of MariaDB or MySQL means, and whether trying again may help. Pure. Any thread.
// Source: https://mariadb.com/docs/server/reference/error-codes
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace postern::mariadb {

enum class Fault {
  none,
  connection_lost,  // The server went away, or does not answer in time.
  cannot_connect,   // It cannot be reached.
  too_many,         // It takes no more connections.
  deadlock,         // The transaction was undone: InnoDB's deadlock, Galera's conflict.
  lock_timeout,     // A lock was held by somebody else for too long; only the statement was undone.
  not_ready,        // A Galera node that is not part of the cluster.
  read_only,        // The server takes no writes now: a replica, or one that is being changed over.
  full,             // No room on its disk.
  duplicate,        // A unique index has that value already.
  access_denied,    // User, password or privileges.
  missing,          // A database, table or column that is not there.
  too_long,         // A value that its column does not take.
  other,
};

// What may help after a fault. The one place where this is decided.
enum class Retry {
  no,           // The same would happen again.
  transaction,  // Do the whole transaction again, on this connection.
  connection,   // Make a new connection, then do the whole transaction again.
  later,        // Wait a little before: the server is not there, full or not to be written.
};

Fault fault_of(unsigned number);
Retry retry_after(Fault fault);

// As ours. `unavailable` if and only if retry_after() is not `no`; `conflict` for a duplicate, `unauthorized` for
// access_denied, else `internal`. The message is for the operator; `text`, the server's own words, becomes the detail,
// without the values in it: these may be secrets.
Error to_error(unsigned number, std::string_view sql_state, std::string_view text);

}  // namespace postern::mariadb
