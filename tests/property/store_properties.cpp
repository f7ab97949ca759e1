// Whatever arrives, in whatever batches: both stores end in the same state, and a repetition changes nothing.
#include "store/memory/memory_store.h"
#include "store/sqlite/sqlite_store.h"
#include "support/temp_folder.h"
#include "unit/pipeline/site.h"

#include <rapidcheck.h>

#include <map>
#include <tuple>

namespace postern {
namespace {

struct Step {
  int webhook;
  int person;
  bool same_batch;  // As the step before.
};

void showValue(const Step& step, std::ostream& out) {
  out << "{webhook " << step.webhook << ", person " << step.person << (step.same_batch ? ", same batch}" : "}");
}

rc::Gen<std::vector<Step>> steps() {
  return rc::gen::container<std::vector<Step>>(
      rc::gen::map(rc::gen::tuple(rc::gen::inRange(0, 3), rc::gen::inRange(0, 4), rc::gen::arbitrary<bool>()),
                   [](const std::tuple<int, int, bool>& t) {
                     return Step{std::get<0>(t), std::get<1>(t), std::get<2>(t)};
                   }));
}

using State = std::map<std::string, std::vector<std::pair<std::int64_t, int>>>;

class World {
 public:
  explicit World(Store& store) : store_(store), site_(store) {}

  void run(const std::vector<Step>& steps) {
    std::vector<Arrival> batch;
    for (const Step& step : steps) {
      if (!step.same_batch) flush(batch);
      batch.push_back(site_.arrival(kWebhooks.at(static_cast<std::size_t>(step.webhook)), email(step.person)));
    }
    flush(batch);
  }

  State state() {
    State out;
    for (int person = 0; person < 4; ++person) {
      const auto user = store_.find_user(identity::email_key(email(person))).value();
      if (!user) continue;
      auto& rows = out[user->email + " " + user->login];
      for (const Membership& each : site_.memberships(email(person))) {
        rows.emplace_back(each.space.value, static_cast<int>(each.status));
      }
      std::sort(rows.begin(), rows.end());
    }
    return out;
  }

  std::int64_t deliveries() { return store_.counts().value().deliveries; }

 private:
  static std::string email(int person) { return "ada@" + std::string(1, static_cast<char>('a' + person)) + ".example"; }
  void flush(std::vector<Arrival>& batch) {
    if (batch.empty()) return;
    RC_ASSERT(site_.provision_all(batch).has_value());
    batch.clear();
  }
  static constexpr std::array<std::string_view, 3> kWebhooks{"join", "leave", "enroll"};
  Store& store_;
  Site site_;
};

TEST(StoreProperty, BothStoresAgreeAndEveryDeliveryLeavesARow) {
  EXPECT_TRUE(rc::check([] {
    const auto script = *steps();
    const TempFolder folder;
    SqliteOptions options;
    options.path = folder.file("postern.db");
    const auto sqlite = SqliteStore::open(options).value();
    MemoryStore memory;
    World on_disk(*sqlite);
    World in_memory(memory);
    on_disk.run(script);
    in_memory.run(script);
    RC_ASSERT(on_disk.state() == in_memory.state());
    RC_ASSERT(on_disk.deliveries() == static_cast<std::int64_t>(script.size()));
    RC_ASSERT(sqlite->check().value().empty());
  }));
}

TEST(StoreProperty, HowDeliveriesAreBatchedDoesNotMatter) {
  EXPECT_TRUE(rc::check([] {
    auto script = *steps();
    MemoryStore batched;
    World as_given(batched);
    as_given.run(script);
    for (Step& step : script) step.same_batch = false;
    MemoryStore single;
    World one_by_one(single);
    one_by_one.run(script);
    RC_ASSERT(as_given.state() == one_by_one.state());
  }));
}

TEST(StoreProperty, TheLastDeliveryAgainChangesNothing) {
  EXPECT_TRUE(rc::check([] {
    const auto script = *steps();
    RC_PRE(!script.empty());
    MemoryStore store;
    World world(store);
    world.run(script);
    const State before = world.state();
    world.run({script.back()});
    RC_ASSERT(world.state() == before);
  }));
}

}  // namespace
}  // namespace postern
