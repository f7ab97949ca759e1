// Numbers for the operator's monitoring, in Prometheus' text format.
// Source: https://prometheus.io/docs/instrumenting/exposition_formats/
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace postern {

// All of these: any thread, no locks.
class Counter {
 public:
  void add(std::uint64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// Cumulative buckets as Prometheus wants them. The bounds are fixed when it is made (at most 16).
class Histogram {
 public:
  static constexpr std::size_t kMaxBounds = 16;
  explicit Histogram(std::span<const double> bounds);
  void observe(double value);
  void observe(std::chrono::nanoseconds value) { observe(std::chrono::duration<double>(value).count()); }
  void write(std::string& out, std::string_view name) const;

 private:
  std::array<double, kMaxBounds> bounds_{};
  std::size_t size_ = 0;
  std::array<std::atomic<std::uint64_t>, kMaxBounds + 1> counts_{};
  std::atomic<std::int64_t> sum_nanos_{0};
};

// One metric name, one counter per set of labels: `{webhook="3",outcome="processed"}`. Takes a lock; bounded by what
// the caller uses as labels, so never pass anything a sender chooses.
class CounterFamily {
 public:
  void add(const std::string& labels, std::uint64_t by = 1);
  std::uint64_t value(const std::string& labels) const;
  void write(std::string& out, std::string_view name) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> values_;
};

// "# HELP …\n# TYPE …\n"
void write_metric_head(std::string& out, std::string_view name, std::string_view type, std::string_view help);
void write_metric(std::string& out, std::string_view name, std::int64_t value);
void write_metric(std::string& out, std::string_view name, std::uint64_t value);

}  // namespace postern
