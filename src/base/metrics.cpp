#include "base/metrics.h"

#include "base/check.h"

#include <algorithm>
#include <charconv>
#include <type_traits>

namespace postern {
namespace {

template <class Number>
void append_number(std::string& out, Number value) {
  std::array<char, 400> text{};  // A double without exponent can be that long.
  char* const end = text.data() + text.size();
  if constexpr (std::is_floating_point_v<Number>) {
    out.append(text.data(), std::to_chars(text.data(), end, value, std::chars_format::fixed).ptr);
  } else {
    out.append(text.data(), std::to_chars(text.data(), end, value).ptr);
  }
}

template <class Number>
void append_sample(std::string& out, std::string_view name, std::string_view labels, Number value) {
  out += name;
  out += labels;
  out += ' ';
  append_number(out, value);
  out += '\n';
}

}  // namespace

Histogram::Histogram(std::span<const double> bounds) : size_(bounds.size()) {
  CHECK(bounds.size() <= kMaxBounds);
  std::copy(bounds.begin(), bounds.end(), bounds_.begin());
}

void Histogram::observe(double value) {
  std::size_t i = 0;
  while (i < size_ && value > bounds_[i]) ++i;
  counts_[i].fetch_add(1, std::memory_order_relaxed);
  sum_nanos_.fetch_add(static_cast<std::int64_t>(value * 1e9), std::memory_order_relaxed);
}

void Histogram::write(std::string& out, std::string_view name) const {
  const std::string base(name);
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < size_; ++i) {
    total += counts_[i].load(std::memory_order_relaxed);
    std::string label = "{le=\"";
    append_number(label, bounds_[i]);
    label += "\"}";
    append_sample(out, base + "_bucket", label, total);
  }
  total += counts_[size_].load(std::memory_order_relaxed);
  append_sample(out, base + "_bucket", "{le=\"+Inf\"}", total);
  append_sample(out, base + "_sum", "", static_cast<double>(sum_nanos_.load(std::memory_order_relaxed)) / 1e9);
  append_sample(out, base + "_count", "", total);
}

void CounterFamily::add(const std::string& labels, std::uint64_t by) {
  const std::lock_guard lock(mutex_);
  values_[labels] += by;
}

std::uint64_t CounterFamily::value(const std::string& labels) const {
  const std::lock_guard lock(mutex_);
  const auto it = values_.find(labels);
  return it == values_.end() ? 0 : it->second;
}

void CounterFamily::write(std::string& out, std::string_view name) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [labels, value] : values_) append_sample(out, name, labels, value);
}

void write_metric_head(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out += "# HELP ";
  out += name;
  out += ' ';
  out += help;
  out += "\n# TYPE ";
  out += name;
  out += ' ';
  out += type;
  out += '\n';
}

void write_metric(std::string& out, std::string_view name, std::int64_t value) {
  append_sample(out, name, "", value);
}

void write_metric(std::string& out, std::string_view name, std::uint64_t value) {
  append_sample(out, name, "", value);
}

}  // namespace postern
