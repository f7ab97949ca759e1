#include "admin/call.h"

#include "source/urlencoded.h"

#include <algorithm>
#include <charconv>

namespace postern {
namespace {

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value > 0 ? value : 0;
}

}  // namespace

std::int64_t Call::id(std::size_t n) const {
  return n < path.size() ? number(path[n]) : 0;
}

std::optional<std::string> Call::query(std::string_view name) const {
  std::optional<std::string> found;
  each_pair(request_.query, [&](std::string_view raw_name, std::string_view raw_value) {
    if (form_decode(raw_name) == name) found = form_decode(raw_value);
    return true;
  });
  return found;
}

std::vector<std::string> Call::unknown_query(std::initializer_list<std::string_view> known) const {
  std::vector<std::string> out;
  each_pair(request_.query, [&](std::string_view raw_name, std::string_view) {
    std::string name = form_decode(raw_name);
    if (std::find(known.begin(), known.end(), name) == known.end()) out.push_back(std::move(name));
    return true;
  });
  return out;
}

std::size_t Call::limit() const {
  constexpr std::int64_t kDefault = 50;
  constexpr std::int64_t kMost = 200;
  const std::int64_t wanted = number(query("limit").value_or(""));
  return static_cast<std::size_t>(wanted == 0 ? kDefault : std::min(wanted, kMost));
}

std::string Call::if_match() const {
  std::string_view value = request_.header("if-match").value_or("");
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
  return std::string(value);
}

}  // namespace postern
