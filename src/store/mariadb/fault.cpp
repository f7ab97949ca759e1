#include "store/mariadb/fault.h"

#include <algorithm>
#include <array>

namespace postern::mariadb {
namespace {

struct Known {
  unsigned number;
  Fault fault;
};

// Sorted by fault. Numbers from 2000 on are those of the client library.
constexpr std::array kKnown{
    Known{1053, Fault::connection_lost},  // ER_SERVER_SHUTDOWN
    Known{1077, Fault::connection_lost},  // ER_NORMAL_SHUTDOWN
    Known{1158, Fault::connection_lost},  // ER_NET_READ_ERROR
    Known{1159, Fault::connection_lost},  // ER_NET_READ_INTERRUPTED
    Known{1160, Fault::connection_lost},  // ER_NET_ERROR_ON_WRITE
    Known{1161, Fault::connection_lost},  // ER_NET_WRITE_INTERRUPTED
    Known{1317, Fault::connection_lost},  // ER_QUERY_INTERRUPTED
    Known{1927, Fault::connection_lost},  // ER_CONNECTION_KILLED
    Known{2006, Fault::connection_lost},  // CR_SERVER_GONE_ERROR
    Known{2013, Fault::connection_lost},  // CR_SERVER_LOST
    Known{2055, Fault::connection_lost},  // CR_SERVER_LOST_EXTENDED
    Known{4031, Fault::connection_lost},  // MySQL: ER_CLIENT_INTERACTION_TIMEOUT
    Known{2002, Fault::cannot_connect},   // CR_CONNECTION_ERROR
    Known{2003, Fault::cannot_connect},   // CR_CONN_HOST_ERROR
    Known{2005, Fault::cannot_connect},   // CR_UNKNOWN_HOST
    Known{1040, Fault::too_many},         // ER_CON_COUNT_ERROR
    Known{1129, Fault::too_many},         // ER_HOST_IS_BLOCKED
    Known{1203, Fault::too_many},         // ER_TOO_MANY_USER_CONNECTIONS
    Known{1226, Fault::too_many},         // ER_USER_LIMIT_REACHED
    Known{1213, Fault::deadlock},         // ER_LOCK_DEADLOCK; Galera's certification failure comes as this too.
    Known{1020, Fault::deadlock},         // ER_CHECKREAD: the row has changed since the snapshot.
    Known{1205, Fault::lock_timeout},     // ER_LOCK_WAIT_TIMEOUT
    Known{1047, Fault::not_ready},        // ER_UNKNOWN_COM_ERROR: "WSREP has not yet prepared node".
    Known{1290, Fault::read_only},        // ER_OPTION_PREVENTS_STATEMENT
    Known{1792, Fault::read_only},        // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
    Known{1836, Fault::read_only},        // ER_READ_ONLY_MODE
    Known{3, Fault::full},                // EE_WRITE
    Known{1021, Fault::full},             // ER_DISK_FULL
    Known{1026, Fault::full},             // ER_ERROR_ON_WRITE
    Known{1114, Fault::full},             // ER_RECORD_FILE_FULL
    Known{1062, Fault::duplicate},        // ER_DUP_ENTRY
    Known{1169, Fault::duplicate},        // ER_DUP_UNIQUE
    Known{1586, Fault::duplicate},        // ER_DUP_ENTRY_WITH_KEY_NAME
    Known{1044, Fault::access_denied},    // ER_DBACCESS_DENIED_ERROR
    Known{1045, Fault::access_denied},    // ER_ACCESS_DENIED_ERROR
    Known{1142, Fault::access_denied},    // ER_TABLEACCESS_DENIED_ERROR
    Known{1143, Fault::access_denied},    // ER_COLUMNACCESS_DENIED_ERROR
    Known{1227, Fault::access_denied},    // ER_SPECIFIC_ACCESS_DENIED_ERROR
    Known{1698, Fault::access_denied},    // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
    Known{4151, Fault::access_denied},    // ER_ACCOUNT_HAS_BEEN_LOCKED
    Known{1049, Fault::missing},          // ER_BAD_DB_ERROR
    Known{1054, Fault::missing},          // ER_BAD_FIELD_ERROR
    Known{1146, Fault::missing},          // ER_NO_SUCH_TABLE
    Known{1264, Fault::too_long},         // ER_WARN_DATA_OUT_OF_RANGE
    Known{1366, Fault::too_long},         // ER_TRUNCATED_WRONG_VALUE_FOR_FIELD
    Known{1406, Fault::too_long},         // ER_DATA_TOO_LONG
};

std::string_view message_of(Fault fault) {
  switch (fault) {
    case Fault::none:
    case Fault::other:
      break;
    case Fault::connection_lost:
      return "The connection to the database was lost.";
    case Fault::cannot_connect:
      return "The database cannot be reached.";
    case Fault::too_many:
      return "The database takes no more connections.";
    case Fault::deadlock:
      return "The database undid the transaction because another one was in its way.";
    case Fault::lock_timeout:
      return "Somebody else has held a lock in the database for too long.";
    case Fault::not_ready:
      return "This node of the database's cluster is not ready.";
    case Fault::read_only:
      return "The database is read-only at the moment.";
    case Fault::full:
      return "The disk of the database is full.";
    case Fault::duplicate:
      return "That exists already.";
    case Fault::access_denied:
      return "The database denies access.";
    case Fault::missing:
      return "A database, table or column is missing.";
    case Fault::too_long:
      return "A value does not fit into its column.";
  }
  return "The database refused a statement.";
}

Errc code_of(Fault fault) {
  if (retry_after(fault) != Retry::no) return Errc::unavailable;
  if (fault == Fault::duplicate) return Errc::conflict;
  if (fault == Fault::access_denied) return Errc::unauthorized;
  return Errc::internal;
}

// In these errors what stands in quotes are names (of users, tables, columns, options, hosts), in all others values.
bool quotes_names(Fault fault) {
  return fault == Fault::access_denied || fault == Fault::missing || fault == Fault::cannot_connect ||
         fault == Fault::read_only || fault == Fault::connection_lost;
}

// Every text in quotes becomes '…'. A quote that does not close hides all that follows.
std::string without_values(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t open = std::min(text.find_first_of("'\""), text.size());
    out += text.substr(0, open);
    if (open == text.size()) break;
    const char quote = text[open];
    // A value may hold quotes itself: up to the last one.
    const std::size_t close = text.rfind(quote);
    out += "'…'";
    if (close == open) break;
    text.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace

Fault fault_of(unsigned number) {
  if (number == 0) return Fault::none;
  const auto* it = std::find_if(kKnown.begin(), kKnown.end(), [number](const Known& k) { return k.number == number; });
  return it == kKnown.end() ? Fault::other : it->fault;
}

Retry retry_after(Fault fault) {
  switch (fault) {
    case Fault::deadlock:
    case Fault::lock_timeout:
      return Retry::transaction;
    case Fault::connection_lost:
      return Retry::connection;
    case Fault::cannot_connect:
    case Fault::too_many:
    case Fault::not_ready:
    case Fault::read_only:
    case Fault::full:
      return Retry::later;
    case Fault::none:
    case Fault::duplicate:
    case Fault::access_denied:
    case Fault::missing:
    case Fault::too_long:
    case Fault::other:
      break;
  }
  return Retry::no;
}

Error to_error(unsigned number, std::string_view sql_state, std::string_view text) {
  const Fault fault = fault_of(number);
  std::string detail = quotes_names(fault) ? std::string(text) : without_values(text);
  detail += " (MariaDB " + std::to_string(number) + ", " + std::string(sql_state) + ")";
  return {code_of(fault), std::string(message_of(fault)), std::move(detail)};
}

}  // namespace postern::mariadb
