// Result<T>: a value, or an Error that says who is to blame and what may be told to whom.
//
// The names follow std::expected so that this file can be replaced by it once the toolchain has it
// (gcc 12 has it only with -std=c++23, clang 14 not at all).
#pragma once

#include "base/check.h"

#include <string>
#include <utility>
#include <variant>

namespace postern {

// Who is to blame. `unavailable`: trying again later may help; all others: it will not.
enum class Errc { invalid, unauthorized, not_found, conflict, too_large, throttled, unavailable, internal };

struct Error {
  Errc code;
  std::string message;  // For the caller. Never holds a secret, a query or a path.
  std::string detail;   // For the operator's log. Empty when there is nothing to add.
};

template <class T>
class [[nodiscard]] Result {
 public:
  // Implicit on purpose: `return value;` and `return Error{...};` both read well.
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  // Precondition: has_value(). A violation is a bug in the caller and aborts.
  const T& value() const& { return CHECK(has_value()), *std::get_if<0>(&state_); }
  T& value() & { return CHECK(has_value()), *std::get_if<0>(&state_); }
  T&& value() && { return CHECK(has_value()), std::move(*std::get_if<0>(&state_)); }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  // Precondition: !has_value().
  const Error& error() const& { return CHECK(!has_value()), *std::get_if<1>(&state_); }
  Error&& error() && { return CHECK(!has_value()), std::move(*std::get_if<1>(&state_)); }

  T value_or(T fallback) && { return has_value() ? std::move(*this).value() : std::move(fallback); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}  // NOLINT(google-explicit-constructor)

  bool has_value() const noexcept { return ok_; }
  explicit operator bool() const noexcept { return ok_; }
  void value() const { CHECK(ok_); }
  void operator*() const { CHECK(ok_); }
  const Error& error() const& { return CHECK(!ok_), error_; }
  Error&& error() && { return CHECK(!ok_), std::move(error_); }

 private:
  Error error_{};
  bool ok_ = true;
};

// `auto user = TRY(store.find_user(email));` returns the error to our caller, or yields the value.
#define TRY(expression)                                    \
  __extension__({                                          \
    auto&& try_result = (expression);                      \
    if (!try_result) return std::move(try_result).error(); \
    *std::move(try_result);                                \
  })

}  // namespace postern
