// What a SqliteStore consists of, for the .cpp files that share its work.
#pragma once

#include "base/guarded.h"
#include "store/sqlite/database.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/sqlite_transaction.h"

#include <atomic>

namespace postern {

struct SqliteStore::Parts {
  explicit Parts(const SqliteOptions& wanted) : options(wanted), writer(wanted.people_bytes) {}
  SqliteOptions options;
  Writer writer;
  std::atomic<std::uint64_t> own_changes{0};  // Of the catalog.
  std::mutex checkpoint_mutex;
  std::unique_ptr<sqlite::Connection> checkpointer;  // Guarded by checkpoint_mutex; opened when first needed.
  Guarded<std::vector<std::unique_ptr<sqlite::Connection>>> readers;  // Those that nobody uses right now.
};

template <class Work>
auto SqliteStore::write(bool catalog, Work work) -> decltype(work(std::declval<sqlite::Connection&>())) {
  return write(catalog ? Touches::catalog : Touches::people, std::move(work));
}

template <class Work>
auto SqliteStore::write(Touches touches, Work work) -> decltype(work(std::declval<sqlite::Connection&>())) {
  const std::lock_guard lock(parts_->writer.mutex);
  sqlite::Connection& db = *parts_->writer.connection;
  TRY(db.query("BEGIN IMMEDIATE").run());
  const auto undo = [&] { static_cast<void>(db.query("ROLLBACK").run()); };
  db.forget_touched();
  auto result = work(db);
  if (!result) {
    undo();
    return result;
  }
  // Our own commits do not change our data_version, so what is known has to be forgotten by hand.
  if (touches != Touches::nothing_known) parts_->writer.known.data_version = -1;
  if (db.touched()) parts_->writer.known.forget_people();
  if (touches == Touches::catalog) {
    if (auto raised = db.query("UPDATE catalog SET generation = generation + 1").run(); !raised) {
      undo();
      return raised.error();
    }
  }
  if (auto committed = db.query("COMMIT").run(); !committed) {
    undo();
    return committed.error();
  }
  if (touches == Touches::catalog) parts_->own_changes.fetch_add(1, std::memory_order_release);
  return result;
}

template <class Work>
auto SqliteStore::read(Work work) -> decltype(work(std::declval<sqlite::Connection&>())) {
  std::unique_ptr<sqlite::Connection> connection = parts_->readers.with([](auto& idle) {
    std::unique_ptr<sqlite::Connection> taken;
    if (!idle.empty()) {
      taken = std::move(idle.back());
      idle.pop_back();
    }
    return taken;
  });
  if (connection == nullptr) {
    connection =
        TRY(sqlite::Connection::open(parts_->options.path, SQLITE_OPEN_READWRITE, parts_->options.busy_timeout));
    TRY(connection->execute("PRAGMA query_only = ON"));
  }
  auto result = work(*connection);
  parts_->readers.with([&](auto& idle) { idle.push_back(std::move(connection)); });
  return result;
}

}  // namespace postern
