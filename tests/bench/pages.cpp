// Asks a store what the pages of the admin API ask it, and prints how long each takes: one JSON object per line.
//
//   pages DATABASE USERS        (USERS as seeded by bench.py: user0@example.com …)
#include "store/sqlite/sqlite_store.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

namespace postern {
namespace {

double milliseconds_since(MonoTime start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

void print(const char* page, std::size_t rows, std::vector<double> times, bool is_page) {
  std::sort(times.begin(), times.end());
  std::printf("{\"page\":\"%s\",\"rows\":%zu,\"median_ms\":%.3f,\"worst_ms\":%.3f,\"is_page\":%s}\n", page, rows,
              times[times.size() / 2], times.back(), is_page ? "true" : "false");
  std::fflush(stdout);
}

// Five times: the first one finds the caches cold.
void measure(const char* page, const std::function<std::size_t()>& ask) {
  std::vector<double> times;
  std::size_t rows = 0;
  for (int i = 0; i < 5; ++i) {
    const MonoTime start = std::chrono::steady_clock::now();
    rows = ask();
    times.push_back(milliseconds_since(start));
  }
  print(page, rows, std::move(times), true);
}

void index_everything(SqliteStore& store) {
  std::vector<double> times;
  while (true) {
    const MonoTime start = std::chrono::steady_clock::now();
    if (!store.index_portion().value()) break;
    times.push_back(milliseconds_since(start));
  }
  if (!times.empty()) print("(one portion of the index by person)", times.size(), times, false);
}

void run(SqliteStore& store, std::int64_t users) {
  const auto search = [&](const DeliveryQuery& query) { return store.search(query).value().deliveries.size(); };
  const auto people = [&](const UserPage& page) { return store.list_users(page).value().users.size(); };
  const std::string somebody = "user" + std::to_string(users / 2) + "@example.com";
  const std::vector<Delivery> newest = store.search({.limit = 1}).value().deliveries;
  const std::vector<Delivery> oldest = store.search({.after = DeliveryId{0}, .limit = 1}).value().deliveries;
  const DeliveryId middle{newest.empty() ? 1 : oldest[0].id.value + (newest[0].id.value - oldest[0].id.value) / 2};

  index_everything(store);
  measure("deliveries", [&] { return search({}); });
  measure("deliveries, in the middle", [&] { return search({.before = middle}); });
  measure("deliveries of a webhook", [&] { return search({.webhook = WebhookId{1}}); });
  measure("deliveries of a webhook without any", [&] { return search({.webhook = WebhookId{3}}); });
  measure("deliveries that failed: none", [&] { return search({.status = DeliveryStatus::failed}); });
  measure("deliveries of a person", [&] { return search({.email_key = somebody}); });
  measure("deliveries of nobody", [&] { return search({.email_key = "nobody@example.com"}); });
  measure("deliveries with a text that is nowhere", [&] { return search({.text = "no such text"}); });
  measure("users", [&] { return people({}); });
  measure("users, the last page", [&] { return people({.after = UserId{users - 50}}); });
  measure("users by a beginning that all have", [&] { return people({.search = "user"}); });
  measure("users by a whole address", [&] { return people({.search = somebody}); });
  measure("users by a beginning, in an empty space",
          [&] { return people({.search = "user", .member_of = SpaceId{2}}); });
  measure("members of a space", [&] { return store.members(SpaceId{1}, UserId{users / 2}, 51).value().size(); });
  measure("member counts of all spaces", [&] { return store.member_counts().value().size(); });
  measure("overview: counts per day",
          [&] { return store.delivery_counts(WallTime{}, std::chrono::hours{24}).value().size(); });
  measure("overview: totals", [&] { return static_cast<std::size_t>(store.counts().value().users != 0); });
  measure("webhooks: newest delivery of each", [&] { return store.last_deliveries().value().size(); });
}

}  // namespace
}  // namespace postern

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: pages DATABASE USERS\n", stderr);
    return 2;
  }
  postern::SqliteOptions options;
  options.path = argv[1];
  options.create = false;
  const auto store = postern::SqliteStore::open(options);
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().message.c_str());
    return 1;
  }
  postern::run(**store, std::atoll(argv[2]));
  return 0;
}
