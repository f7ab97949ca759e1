// Reading users, for the files that join them to something.
#pragma once

#include "model/user.h"
#include "store/sqlite/database.h"

#include <string>
#include <string_view>

namespace postern::sqlite {

// The columns of a table that is called `u` in the statement; read_user() expects them first.
extern const std::string kUserColumns;
extern const int kUserColumnCount;
User read_user(const Query& row);

}  // namespace postern::sqlite
