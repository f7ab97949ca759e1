#pragma once

#include <mutex>
#include <utility>

namespace postern {

// Data that can only be reached while its mutex is held, so that forgetting the lock does not compile.
//
//   Guarded<std::deque<Job>> queue_;
//   queue_.with([&](auto& q) { q.push_back(std::move(job)); });
template <class T>
class Guarded {
 public:
  template <class... Args>
  explicit Guarded(Args&&... args) : data_(std::forward<Args>(args)...) {}

  template <class F>
  decltype(auto) with(F&& f) {
    const std::lock_guard lock(mutex_);
    return std::forward<F>(f)(data_);
  }
  template <class F>
  decltype(auto) with(F&& f) const {
    const std::lock_guard lock(mutex_);
    return std::forward<F>(f)(data_);
  }

 private:
  mutable std::mutex mutex_;
  T data_;
};

}  // namespace postern
