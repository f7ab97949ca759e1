// A MariaDB of the test's own: a folder that goes with it, a Unix socket, no network. It ends with the test program,
// however that ends.
#pragma once

#include "store/mariadb/database.h"
#include "support/comes_true.h"
#include "support/temp_folder.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace postern {

class MariaDbServer {
 public:
  // `durable`: as a real one writes to its disk, for tests of what outlives a crash. Else nothing is synced.
  explicit MariaDbServer(bool durable = false) : durable_(durable) {
    // As root it changes to no other user; as somebody else the option must not be there.
    if (::geteuid() == 0) user_ = {"--user=root"};
    std::vector<std::string> install{"mariadb-install-db",  "--no-defaults",
                                     "--datadir=" + data(), "--auth-root-authentication-method=normal",
                                     "--skip-test-db",      "--tmpdir=" + folder_.path()};
    install.insert(install.end(), user_.begin(), user_.end());
    int status = 0;
    ::waitpid(spawn(install, folder_.file("install.log")), &status, 0);
    EXPECT_EQ(status, 0) << "mariadb-install-db failed:\n" << read(folder_.file("install.log"));
    start();
  }
  MariaDbServer(const MariaDbServer&) = delete;
  MariaDbServer& operator=(const MariaDbServer&) = delete;
  ~MariaDbServer() { kill(); }

  // The one server of a test program.
  static MariaDbServer& shared() {
    static MariaDbServer server;
    return server;
  }

  void start() {
    std::vector<std::string> command{"mariadbd",
                                     "--no-defaults",
                                     "--datadir=" + data(),
                                     "--socket=" + socket(),
                                     "--skip-networking",
                                     "--skip-log-bin",
                                     "--skip-name-resolve",
                                     "--innodb-buffer-pool-size=32M",
                                     "--innodb-log-file-size=16M",
                                     "--performance-schema=off",
                                     "--max-connections=100",
                                     "--tmpdir=" + folder_.path(),
                                     "--pid-file=" + folder_.file("pid")};
    if (!durable_) {
      command.insert(command.end(), {"--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync",
                                     "--innodb-doublewrite=0", "--debug-no-sync", "--innodb-file-per-table=0"});
    }
    command.insert(command.end(), user_.begin(), user_.end());
    process_ = spawn(command, folder_.file("server.log"));
    bool ended = false;
    const bool ready = comes_true(
        [&] {
          ended = ::waitpid(process_, nullptr, WNOHANG) != 0;
          return ended || mariadb::Connection::open(address("")).has_value();
        },
        std::chrono::seconds(60));
    if (ended) process_ = -1;
    EXPECT_TRUE(ready && !ended) << "MariaDB did not start:\n" << read(folder_.file("server.log"));
  }

  // As a crash does it.
  void kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
  }

  std::string socket() const { return folder_.file("socket"); }

  mariadb::Address address(const std::string& database) const {
    return {.socket = socket(), .user = "root", .database = database};
  }

  std::unique_ptr<mariadb::Connection> connect(const std::string& database = "") {
    auto connection = mariadb::Connection::open(address(database));
    if (!connection) {
      ADD_FAILURE() << connection.error().message << " " << connection.error().detail;
      return nullptr;
    }
    return *std::move(connection);
  }

  // A database that no other test has, empty.
  std::string make_database() {
    static std::atomic<int> count = 0;
    std::string name = "test" + std::to_string(++count);
    run(*connect(), "CREATE DATABASE " + name + " CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci");
    return name;
  }

  // The same with a whole WordPress site in it: WordPress 7.1, FluentCommunity 2.8.1, 18 users, 24 webhooks.
  std::string make_site() {
    std::string name = make_database();
    auto address_of_site = address(name);
    address_of_site.sql_mode = mariadb::SqlMode::wordpress;
    auto connection = mariadb::Connection::open(address_of_site);
    EXPECT_TRUE(connection);
    const std::string folder = std::string(POSTERN_TEST_DATA) + "/wordpress/site/";
    run_file(**connection, folder + "schema.sql");
    run_file(**connection, folder + "fixture.sql");
    return name;
  }

  static void run(mariadb::Connection& connection, const std::string& sql) {
    const auto done = connection.execute(sql);
    EXPECT_TRUE(done) << sql.substr(0, 200) << "\n" << done.error().message << " " << done.error().detail;
  }

 private:
  static std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

  // Statements end with ";\n"; no text of ours holds that.
  static void run_file(mariadb::Connection& connection, const std::string& path) {
    const std::string text = read(path);
    EXPECT_FALSE(text.empty()) << path;
    run(connection, "SET autocommit = 0");
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find(";\n", at), text.size());
      const std::string statement = text.substr(at, end - at);
      if (statement.find_first_not_of(" \n;") != std::string::npos) run(connection, statement);
      at = end + 2;
    }
    run(connection, "COMMIT");
  }

  static pid_t spawn(const std::vector<std::string>& command, const std::string& log) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    // Whatever becomes of the test program: the server goes with it.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (std::freopen(log.c_str(), "a", stdout) == nullptr || std::freopen(log.c_str(), "a", stderr) == nullptr)
      ::_exit(126);
    std::vector<char*> arguments;
    for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
    arguments.push_back(nullptr);
    // Debian puts the server where only root's path looks.
    ::setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }

  std::string data() const { return folder_.file("data"); }

  TempFolder folder_;
  const bool durable_;
  std::vector<std::string> user_;
  pid_t process_ = -1;
};

}  // namespace postern
