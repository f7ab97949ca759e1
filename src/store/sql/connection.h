// A database as the statements of this folder see it: one connection with an open transaction, or for reading. Every
// database that can be asked in SQL puts itself behind it, so that what Postern keeps of its own is written once.
//
// The statements are of the SQL that all of them understand. Names of tables stand in braces, "{outbox}": each database
// has its own way to call them. Names that some database reserves stand in double quotes. Parameters are numbered
// ("?1"), or not ("?"), but not both in one statement. No ON CONFLICT, no RETURNING, no LIMIT in a subquery of IN.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace postern::sql {

// What an adapter implements; used through Query.
class Statement {
 public:
  virtual ~Statement() = default;
  virtual void bind_integer(std::int64_t value) = 0;
  virtual void bind_text(std::string_view text) = 0;
  virtual void bind_blob(std::string_view bytes) = 0;
  virtual void bind_null() = 0;
  virtual Result<bool> step() = 0;
  virtual Result<void> run() = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual std::string_view text(int column) const = 0;
  virtual bool is_null(int column) const = 0;
};

// A prepared statement in use: bind its parameters in order, by their numbers if they have some, then step through its
// rows. Resets itself when it goes. What is bound must live until the next step() or run().
class Query {
 public:
  explicit Query(std::unique_ptr<Statement> statement) : statement_(std::move(statement)) {}

  Query& bind(std::int64_t value) { return statement_->bind_integer(value), *this; }
  Query& bind(std::string_view text) { return statement_->bind_text(text), *this; }
  Query& bind_blob(std::string_view bytes) { return statement_->bind_blob(bytes), *this; }
  Query& bind_null() { return statement_->bind_null(), *this; }
  // Null for the empty text, so that it takes no room in the row.
  Query& bind_or_null(std::string_view text) { return text.empty() ? bind_null() : bind(text); }

  // True: there is a row. Errors: unavailable, conflict (a unique value is there already), internal.
  Result<bool> step() { return statement_->step(); }
  // For statements without rows: executes once and makes it ready to be bound again.
  Result<void> run() { return statement_->run(); }

  // Columns of the row; 0 and the empty text if it is null. A text is valid until the next step.
  std::int64_t integer(int column) const { return statement_->integer(column); }
  std::string_view text(int column) const { return statement_->text(column); }
  bool is_null(int column) const { return statement_->is_null(column); }

 private:
  std::unique_ptr<Statement> statement_;
};

// What transactions take in turn if what one of them reads decides what it writes.
enum class Lock { accounts, replies, people, outbox };

// One thread at a time.
class Connection {
 public:
  virtual ~Connection() = default;
  // `text` must never move: its address may be the key of a cache. One Query per text at a time. An error of preparing
  // is given by the first step() or run().
  virtual Query query(const char* text) = 0;
  // Rows that the last statement has added or removed, or changed: one that it left as it was may count or not.
  virtual std::int64_t changes() const = 0;
  // The automatic number of the row that the last statement has added.
  virtual std::int64_t last_id() const = 0;
  // Waits until no other transaction has it, and keeps it until the end of this one. Comes before the first query: what
  // is read then is what the ones before have left. Where only one transaction can write at a time there is nothing to
  // do.
  virtual Result<void> lock(Lock lock) = 0;
};

inline std::string_view blob_view(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace postern::sql
