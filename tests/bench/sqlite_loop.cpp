// The rows of a delivery, written by a bare loop over SQLite: what the store costs without anything around it.
//
//   sqlite_loop DATABASE known|membership|new BATCH SECONDS
//
// DATABASE is a store made by Postern, with users. Prints one JSON object.
#include <sqlite3.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

sqlite3* db = nullptr;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "sqlite_loop: %s: %s\n", what, sqlite3_errmsg(db));
  std::exit(1);
}

void execute(const char* sql) {
  if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql);
}

sqlite3_stmt* prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) fail(sql);
  return statement;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void run(sqlite3_stmt* statement) {
  if (sqlite3_step(statement) != SQLITE_DONE) fail("step");
  sqlite3_reset(statement);
}

std::int64_t number(const char* sql) {
  sqlite3_stmt* statement = prepare(sql);
  sqlite3_step(statement);
  const std::int64_t value = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: sqlite_loop DATABASE known|membership|new BATCH SECONDS\n", stderr);
    return 2;
  }
  const std::string_view kind = argv[2];
  const int batch = std::atoi(argv[3]);
  if (sqlite3_open(argv[1], &db) != SQLITE_OK) fail(argv[1]);
  execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536");
  sqlite3_stmt* begin = prepare("BEGIN IMMEDIATE");
  sqlite3_stmt* commit = prepare("COMMIT");
  sqlite3_stmt* find = prepare("SELECT id FROM users WHERE email_key = ?1");
  sqlite3_stmt* user = prepare(
      "INSERT INTO users(email_key, login, first_name, last_name, display_name, created_at)"
      " VALUES(?1, ?2, 'Ada', 'Lovelace', 'Ada Lovelace', 0)");
  sqlite3_stmt* membership = prepare("INSERT INTO memberships VALUES(?1, ?2, 0, 0, 0, NULL)");
  sqlite3_stmt* delivery = prepare(
      "INSERT INTO deliveries(id, received_at, webhook_id, key_id, dialect, remote_ip, content_type, payload,"
      " payload_complete, body_bytes, email, status, http_status, message, user_id, user_created, welcome_email,"
      " outcomes, duration_us) VALUES(?1, 0, 1, 1, 0, '127.0.0.1', 'application/x-www-form-urlencoded', ?2, 1, 100,"
      " ?3, 0, 200, 'Existing user found, nothing to change', ?4, 0, 0, 's1:1:bench', 100)");
  std::int64_t id = number("SELECT ifnull(max(id), 0) FROM deliveries");
  // Those that were seeded; the load has created others.
  const std::int64_t users =
      number("SELECT count(*) FROM users WHERE email_key = 'user' || (id - 1) || '@example.com'");
  execute("DELETE FROM memberships WHERE space_id >= 999");
  std::int64_t count = 0;
  const double cpu = cpu_seconds();
  const auto start = std::chrono::steady_clock::now();
  const auto end = start + std::chrono::duration<double>(std::atof(argv[4]));
  while (std::chrono::steady_clock::now() < end) {
    run(begin);
    for (int i = 0; i < batch; ++i, ++count) {
      const std::int64_t nth = kind == "known" ? (count * 7'919) % users : kind == "new" ? count : count % users;
      const std::string name = (kind == "new" ? "loop" : "user") + std::to_string(nth);
      const std::string email = name + "@example.com";
      const std::string payload = "email=" + email + "&first_name=Ada&last_name=Lovelace&plan=gold-yearly&order=100234";
      sqlite3_bind_text(find, 1, email.data(), static_cast<int>(email.size()), SQLITE_STATIC);
      std::int64_t user_id = sqlite3_step(find) == SQLITE_ROW ? sqlite3_column_int64(find, 0) : 0;
      sqlite3_reset(find);
      if (kind == "new") {
        sqlite3_bind_text(user, 1, email.data(), static_cast<int>(email.size()), SQLITE_STATIC);
        sqlite3_bind_text(user, 2, name.data(), static_cast<int>(name.size()), SQLITE_STATIC);
        run(user);
        user_id = sqlite3_last_insert_rowid(db);
      }
      if (kind != "known") {
        sqlite3_bind_int64(membership, 1, user_id);
        sqlite3_bind_int64(membership, 2, 999 + count / users);  // Everybody joins a space once.
        run(membership);
      }
      sqlite3_bind_int64(delivery, 1, ++id);
      sqlite3_bind_blob(delivery, 2, payload.data(), static_cast<int>(payload.size()), SQLITE_STATIC);
      sqlite3_bind_text(delivery, 3, email.data(), static_cast<int>(email.size()), SQLITE_STATIC);
      sqlite3_bind_int64(delivery, 4, user_id);
      run(delivery);
    }
    run(commit);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::printf("{\"deliveries\":%lld,\"rps\":%.1f,\"cpu_us\":%.2f}\n", static_cast<long long>(count),
              static_cast<double>(count) / seconds, (cpu_seconds() - cpu) * 1e6 / static_cast<double>(count));
  return 0;
}
