#include "pipeline/upkeep.h"

#include <algorithm>

namespace postern {
namespace {

constexpr std::chrono::milliseconds kRound{10'000};
constexpr std::chrono::milliseconds kBetweenLooks{50};
constexpr std::chrono::milliseconds kBetweenPresetLooks{1000};
constexpr std::chrono::milliseconds kHardlyAnyTime{1};
constexpr std::chrono::milliseconds kBetweenPortions{20};  // The committer goes first.
// The index waits longer, and while deliveries queue up, longer still: a portion costs them a few milliseconds.
constexpr std::chrono::milliseconds kBetweenIndexPortions{100};
constexpr int kMostPauses = 10;
constexpr std::int64_t kBusyQueue = 8;
constexpr std::size_t kPortion = 500;
constexpr int kMaxPortions = 200;  // Of one trim; what is left waits for the next.

}  // namespace

Upkeep::Upkeep(Parts parts, Retention retention)
    : parts_(std::move(parts)), retention_(retention), thread_([this] { run(); }) {}

Upkeep::~Upkeep() {
  stop();
}

void Upkeep::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Upkeep::wait(std::chrono::milliseconds time) {
  while (true) {
    const std::chrono::milliseconds some = std::min(time, keep_fast());
    look_for_presets();
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, some, [this] { return stopping_; })) return false;
    time -= some;
    if (time.count() <= 0) return true;
  }
}

std::chrono::milliseconds Upkeep::keep_fast() {
  const Result<void> done = parts_.provisioning.checkpoint();
  const Result<bool> more = done ? parts_.provisioning.warm_portion() : done.error();
  if (!more && !failing_) {
    parts_.log.warn("store.upkeep_failed", {{"message", more.error().message}, {"detail", more.error().detail}});
  }
  failing_ = !more;
  if (!more || !*more) return kBetweenLooks;
  return parts_.queue_depth.value() == 0 ? kHardlyAnyTime : kBetweenPortions;
}

void Upkeep::look_for_presets() {
  const MonoTime now = parts_.clock.mono();
  if (now - presets_looked_at_ < kBetweenPresetLooks) return;
  presets_looked_at_ = now;
  if (!parts_.presets.refresh()) return;
  for (const LibraryPreset& each : parts_.presets.list()) {
    if (!each.problem.empty()) parts_.log.warn("preset.unusable", {{"file", each.file}, {"message", each.problem}});
  }
  parts_.log.info("presets.read");
}

void Upkeep::run() {
  // What is indexed first is not looked through row by row any more, so do not wait with that.
  do {
    index();
    trim();
    trim_outbox();
  } while (wait(kRound));
}

void Upkeep::index() {
  while (true) {
    const Result<bool> more = parts_.deliveries.index_portion();
    if (!more) {
      parts_.log.warn("deliveries.index_failed", {{"message", more.error().message}, {"detail", more.error().detail}});
      return;
    }
    if (!*more || !give_way()) return;
  }
}

bool Upkeep::give_way() {
  for (int pauses = 0; pauses < kMostPauses; ++pauses) {
    if (!wait(kBetweenIndexPortions)) return false;
    if (parts_.queue_depth.value() < kBusyQueue) break;
  }
  return true;
}

void Upkeep::trim() {
  for (int portion = 0; portion < kMaxPortions; ++portion) {
    const Result<std::size_t> gone = parts_.deliveries.trim(retention_, parts_.clock.now(), kPortion);
    if (!gone) {
      parts_.log.warn("deliveries.trim_failed", {{"message", gone.error().message}, {"detail", gone.error().detail}});
      return;
    }
    if (*gone == 0 || !wait(kBetweenPortions)) return;
  }
}

void Upkeep::trim_outbox() {
  for (int portion = 0; portion < kMaxPortions; ++portion) {
    const Result<std::size_t> gone = parts_.outbox.trim_outbox(parts_.clock.now() - retention_.keep_for, kPortion);
    if (!gone) {
      parts_.log.warn("outbox.trim_failed", {{"message", gone.error().message}, {"detail", gone.error().detail}});
      return;
    }
    if (*gone == 0 || !wait(kBetweenPortions)) return;
  }
}

}  // namespace postern
