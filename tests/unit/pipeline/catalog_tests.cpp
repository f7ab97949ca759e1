#include "pipeline/catalog.h"
#include "store/memory/memory_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace postern {
namespace {

// What another process does to the same database: the store knows of it only when it is asked.
class SharedStore final : public CatalogStore {
 public:
  explicit SharedStore(MemoryStore& store) : store_(store) {}
  Result<std::int64_t> catalog_generation() override {
    ++looks;
    if (down) return Error{Errc::unavailable, "The disk is gone.", ""};
    return store_.catalog_generation();
  }
  Result<CatalogData> load_catalog() override { return store_.load_catalog(); }
  std::uint64_t own_changes() const override { return changes; }
  Result<SpaceId> add_space(const Space& space) override { return changed(store_.add_space(space)); }
  Result<void> update_space(const Space& space, Generation wanted) override {
    return changed(store_.update_space(space, wanted));
  }
  Result<void> remove_space(SpaceId id, Generation wanted) override { return changed(store_.remove_space(id, wanted)); }
  Result<WebhookId> add_webhook(const Webhook& webhook) override { return changed(store_.add_webhook(webhook)); }
  Result<void> update_webhook(const Webhook& webhook, Generation wanted) override {
    return changed(store_.update_webhook(webhook, wanted));
  }
  Result<void> remove_webhook(WebhookId id, Generation wanted) override {
    return changed(store_.remove_webhook(id, wanted));
  }

  std::atomic<int> looks{0};
  std::atomic<bool> down{false};
  std::atomic<std::uint64_t> changes{0};

 private:
  template <class T>
  T changed(T done) {
    ++changes;
    return done;
  }
  MemoryStore& store_;
};

class CatalogCacheTest : public testing::Test {
 protected:
  static constexpr MonoTime kNow{std::chrono::hours{5}};
  bool has_space(MonoTime now, SpaceId id) { return cache_->fresh(now)->find(id) != nullptr; }

  MemoryStore memory_;
  SharedStore store_{memory_};
  std::unique_ptr<CatalogCache> cache_ = *CatalogCache::create(store_);
};

TEST_F(CatalogCacheTest, AChangeOfOnesOwnIsSeenAtOnce) {
  cache_->fresh(kNow);
  const SpaceId id = *store_.add_space({.slug = "club"});
  EXPECT_TRUE(has_space(kNow, id));
  store_.looks = 0;
  EXPECT_TRUE(has_space(kNow, id));
  EXPECT_EQ(store_.looks, 0) << "nothing has changed since, and it was looked a moment ago";
}

TEST_F(CatalogCacheTest, AChangeOfAnotherProcessIsSeenAtTheNextLook) {
  cache_->fresh(kNow);
  const SpaceId id = *memory_.add_space({.slug = "club"});
  EXPECT_FALSE(has_space(kNow + CatalogCache::kBetweenLooks - std::chrono::milliseconds{1}, id));
  EXPECT_TRUE(has_space(kNow + CatalogCache::kBetweenLooks, id));
}

TEST_F(CatalogCacheTest, AStoreThatCannotBeReadLeavesWhatThereWas) {
  const SpaceId id = *store_.add_space({.slug = "club"});
  EXPECT_TRUE(has_space(kNow, id));
  store_.down = true;
  const SpaceId next = *store_.add_space({.slug = "shop"});
  EXPECT_TRUE(has_space(kNow, id));
  EXPECT_FALSE(has_space(kNow, next));
  store_.down = false;
  EXPECT_TRUE(has_space(kNow, next)) << "a failed look is not taken for one";
}

TEST_F(CatalogCacheTest, ManyThreadsSeeAChangeAsSoonAsItIsMade) {
  std::atomic<std::int64_t> newest{0};
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const SpaceId made{newest.load()};
        EXPECT_TRUE(made.value == 0 || has_space(kNow, made));
      }
    });
  }
  for (int i = 0; i < 200; ++i) newest = store_.add_space({.slug = "space-" + std::to_string(i)})->value;
  done = true;
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace postern
