#include "store/sqlite/schema.h"

#include "store/sqlite/migrations.h"

#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace postern::sqlite {
namespace {

// Numbers stand for the enumerators of model/ in their order; new ones are appended there. Times are milliseconds
// since 1970, UTC. Texts that are empty are NULL, so that they take no room.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE catalog(
  id INTEGER PRIMARY KEY CHECK(id = 1),
  generation INTEGER NOT NULL             -- rises with every change to spaces or webhooks
) STRICT;
INSERT INTO catalog VALUES(1, 1);

CREATE TABLE spaces(                      -- courses too
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL,
  slug TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  privacy INTEGER NOT NULL,
  needs_approval INTEGER NOT NULL,
  archived INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE webhooks(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  state INTEGER NOT NULL,
  welcome_email INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE webhook_effects(
  webhook_id INTEGER NOT NULL REFERENCES webhooks(id) ON DELETE CASCADE,
  action INTEGER NOT NULL,                -- 0 add course, 1 remove course, 2 add space, 3 remove space
  position INTEGER NOT NULL,
  space_id INTEGER NOT NULL,              -- no reference: a removed space is reported, not forgotten
  PRIMARY KEY(webhook_id, action, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_keys(
  webhook_id INTEGER NOT NULL REFERENCES webhooks(id) ON DELETE CASCADE,
  key_id INTEGER NOT NULL,
  hash BLOB NOT NULL UNIQUE,              -- keyed with the key file
  sealed BLOB NOT NULL,                   -- encrypted with the key file
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  PRIMARY KEY(webhook_id, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE users(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  email_key TEXT NOT NULL UNIQUE,         -- the address in lower case
  email TEXT,                             -- as written; NULL: the same
  login TEXT NOT NULL UNIQUE COLLATE NOCASE,
  first_name TEXT,
  last_name TEXT,
  display_name TEXT,                      -- NULL: the same as login
  password_hash TEXT,                     -- NULL: nobody knows a password
  administrator INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX administrators ON users(id) WHERE administrator = 1;

CREATE TABLE memberships(
  user_id INTEGER NOT NULL,
  space_id INTEGER NOT NULL,
  role INTEGER NOT NULL,
  status INTEGER NOT NULL,
  since INTEGER NOT NULL,
  because_of INTEGER,                     -- the delivery that last changed it; NULL: by hand
  PRIMARY KEY(user_id, space_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_of_space ON memberships(space_id, user_id);

CREATE TABLE deliveries(                  -- the id is ordered by time, see model/ids.h
  id INTEGER PRIMARY KEY,
  received_at INTEGER NOT NULL,
  webhook_id INTEGER NOT NULL,
  key_id INTEGER,
  dialect INTEGER NOT NULL,
  remote_ip TEXT,
  content_type TEXT,
  payload BLOB,
  payload_complete INTEGER NOT NULL,
  body_bytes INTEGER NOT NULL,
  event TEXT,
  email TEXT,
  status INTEGER NOT NULL,
  http_status INTEGER NOT NULL,
  code TEXT,
  message TEXT,
  user_id INTEGER,
  user_created INTEGER NOT NULL,
  welcome_email INTEGER NOT NULL,
  outcomes TEXT,                          -- see delivery_rows.h
  duration_us INTEGER NOT NULL,
  replay_of INTEGER,
  duplicate_of INTEGER
) STRICT;
CREATE TABLE delivery_count(id INTEGER PRIMARY KEY CHECK(id = 1), rows INTEGER NOT NULL) STRICT;
INSERT INTO delivery_count VALUES(1, 0);

CREATE TABLE repeat_keys(
  webhook_id INTEGER NOT NULL,
  hash BLOB NOT NULL,
  delivery_id INTEGER NOT NULL,
  body_hash BLOB NOT NULL,
  PRIMARY KEY(webhook_id, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX repeat_keys_by_age ON repeat_keys(delivery_id);

CREATE TABLE outbox(                      -- effects that are still to be performed
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,                     -- 'welcome_email'
  delivery_id INTEGER NOT NULL,
  user_id INTEGER NOT NULL,
  state INTEGER NOT NULL DEFAULT 0,       -- 0 waiting
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
)sql";

// The numbers in a database file's first 100 bytes. Source: https://www.sqlite.org/fileformat.html#the_database_header
constexpr std::size_t kHeaderLength = 100;
constexpr std::size_t kUserVersionAt = 60;
constexpr std::size_t kApplicationIdAt = 68;

std::int64_t number_at(const std::array<unsigned char, kHeaderLength>& header, std::size_t at) {
  std::int64_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value * 256 + header[at + i];
  return value;
}

Error newer(const std::string& path) {
  return {
      Errc::invalid,
      "The database " + path +
          " was written by a newer version of Postern. Run that version, or put back the backup that the upgrade made.",
      ""};
}

Error damaged(const std::string& path, std::string detail) {
  return {
      Errc::invalid,
      "The database " + path +
          " is damaged or not a database. Nothing was changed. Put back a backup, or move the file away to start anew.",
      std::move(detail)};
}

}  // namespace

std::span<const char* const> migrations() {
  static const std::array<const char*, 10> steps{kVersion1, kVersion2, kVersion3, kVersion4, kVersion5,
                                                 kVersion6, kVersion7, kVersion8, kVersion9, kVersion10};
  return steps;
}

Result<void> check_file(const std::string& path, std::size_t known_version) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error || size == 0) return {};
  std::array<unsigned char, kHeaderLength> header{};
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Error{Errc::unavailable, "The database " + path + " cannot be read. Check its owner and mode.", ""};
  }
  file.read(reinterpret_cast<char*>(header.data()), header.size());
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  const std::string_view start(reinterpret_cast<const char*>(header.data()), kMagic.size());
  if (file.gcount() != static_cast<std::streamsize>(header.size()) || start != kMagic) {
    return damaged(path, "the file does not begin like a SQLite database");
  }
  if (number_at(header, kApplicationIdAt) != kApplicationId) {
    return Error{Errc::invalid,
                 "The file " + path + " is a database of another program. Name another folder with --data.", ""};
  }
  if (number_at(header, kUserVersionAt) > static_cast<std::int64_t>(known_version)) return newer(path);
  return {};
}

Result<void> migrate(Connection& connection, const std::string& path, std::span<const char* const> steps) {
  // Under the write lock, so that two processes that start at once do not both do it.
  const auto damaged_or = [&](Error error) {
    const bool bad_file = error.message == "The database file is damaged.";
    return bad_file ? damaged(path, std::move(error.detail)) : std::move(error);
  };
  const Result<std::int64_t> before = connection.number("PRAGMA user_version");
  if (!before) return damaged_or(before.error());
  const auto known = static_cast<std::int64_t>(steps.size());
  if (*before > known) return newer(path);
  if (*before == known) return {};
  if (*before > 0) {
    const std::string copy = path + ".v" + std::to_string(*before) + ".bak";
    std::error_code ignored;
    std::filesystem::remove(copy, ignored);
    Query vacuum = connection.query("VACUUM INTO ?1");
    vacuum.bind(copy);
    TRY(vacuum.run());
    ::chmod(copy.c_str(), 0600);
  }
  if (auto begun = connection.execute("BEGIN IMMEDIATE"); !begun) return damaged_or(begun.error());
  const auto run = [&]() -> Result<void> {
    const std::int64_t version = TRY(connection.number("PRAGMA user_version"));
    for (std::int64_t v = version; v < known; ++v) TRY(connection.execute(steps[static_cast<std::size_t>(v)]));
    TRY(connection.execute("PRAGMA application_id = " + std::to_string(kApplicationId)));
    return connection.execute("PRAGMA user_version = " + std::to_string(known));
  };
  if (Result<void> done = run(); !done) {
    const Result<void> ignored = connection.execute("ROLLBACK");
    return damaged_or(done.error());
  }
  return connection.execute("COMMIT");
}

}  // namespace postern::sqlite
