// The tables of the delivery log, of what senders told, and of what is held. They are Postern's own, beside those of
// the site.
#pragma once

#include <span>

namespace postern::wordpress {

// Statements that make them, to be run in order; {name} stands for an own table, see mariadb/table_names.h. They may be
// run again: what is there stays.
std::span<const char* const> log_tables();

}  // namespace postern::wordpress
