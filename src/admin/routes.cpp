#include "admin/routes.h"

#include "base/check.h"
#include "source/urlencoded.h"

#include <algorithm>

namespace postern {
namespace {

std::string_view next_segment(std::string_view& path) {
  if (!path.empty() && path.front() == '/') path.remove_prefix(1);
  const std::size_t end = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

// In a path '+' is itself.
std::string path_decode(std::string_view segment) {
  std::string escaped;
  for (const char c : segment) {
    if (c == '+') {
      escaped += "%2B";
    } else {
      escaped += c;
    }
  }
  return form_decode(escaped);
}

bool matches(std::string_view pattern, std::string_view path, std::vector<std::string>& values) {
  values.clear();
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = next_segment(pattern);
    const std::string_view given = next_segment(path);
    if (wanted.starts_with('{')) {
      if (given.empty()) return false;
      values.push_back(path_decode(given));
    } else if (wanted != given) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

}  // namespace

void Routes::add(Route route) {
  CHECK(std::none_of(routes_.begin(), routes_.end(),
                     [&](const Route& each) { return each.method == route.method && each.pattern == route.pattern; }));
  routes_.push_back(std::move(route));
}

// A path without {…} is looked for first, so that /webhooks/new is not taken for a webhook named "new".
Routes::Match Routes::find(std::string_view method, std::string_view path) const {
  Match match;
  std::vector<std::string> values;
  for (const bool with_values : {false, true}) {
    for (const Route& route : routes_) {
      if ((route.pattern.find('{') != std::string_view::npos) != with_values) continue;
      if (!matches(route.pattern, path, values)) continue;
      if (route.method == method) return {&route, std::move(values), {}};
      match.allow += (match.allow.empty() ? "" : ", ") + std::string(route.method);
    }
  }
  return match;
}

}  // namespace postern
