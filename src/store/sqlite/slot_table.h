// A cache of small slots found by a hash, of bounded size and with bounded times.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// Slots lie in shards that grow one at a time, so that growing holds nobody up, and in groups of eight. A hash names a
// group, and what finds no room there lies in one of the next three; so a look-up costs no more with hashes that an
// enemy has chosen: where all four are full, one of the slots is given up. No slot becomes unused again but with its
// whole shard, so nothing lies beyond a group that has room.
// A `Slot` has `bool used() const` and `std::uint32_t hash() const`. One thread.
template <class Slot>
class SlotTable {
 public:
  // `bytes_left` is what it may still take, and is counted down; several tables may share it. Must outlive the table.
  explicit SlotTable(std::size_t& bytes_left) : bytes_left_(bytes_left) {}

  // The slot of this hash for which `is(const Slot&, std::string_view texts)` holds; null: there is none. `is` is asked
  // about used slots of other hashes too. Valid, as what place() returns, until the next call of another function.
  template <class Is>
  Slot* find(std::uint32_t hash, Is is) {
    Shard& shard = shard_of(hash);
    Slot* const last = shard.slots.data() + shard.slots.size();
    Slot* first = group(shard, hash);
    for (std::size_t groups = 0; groups < kGroups && first != last; ++groups) {
      for (Slot* slot = first; slot != first + kGroup; ++slot) {
        if (!slot->used()) return nullptr;
        if (is(*slot, shard.texts)) return slot;
      }
      first += kGroup;
    }
    return nullptr;
  }

  // Fetches the first slots of this hash into the processor's cache, without waiting for them.
  void prefetch(std::uint32_t hash) {
    Shard& shard = shard_of(hash);
    if (shard.slots.empty()) return;
    const Slot* const first = group(shard, hash);
    __builtin_prefetch(first);
    __builtin_prefetch(first + kGroup - 1);
  }

  // A slot for this hash, to be filled in: a free one, or one that is given up. Null: there is no room at all.
  Slot* place(std::uint32_t hash) {
    Shard& shard = shard_of(hash);
    Slot* unused = unused_slot(shard, hash);
    // Eleven sixteenths full: one slot in three hundred is given up before the shard grows.
    if (unused == nullptr && shard.used * 16 >= shard.slots.size() * 11) {
      grow(shard);
      unused = unused_slot(shard, hash);
    }
    if (shard.slots.empty()) return nullptr;
    if (unused == nullptr) return group(shard, hash) + given_up_++ % kGroup;
    ++shard.used;
    return unused;
  }

  // Keeps `text` beside the slots of this hash and returns where in `texts` it stands. May empty the shard to make
  // room: call it before place().
  std::uint32_t keep_text(std::uint32_t hash, std::string_view text) {
    Shard& shard = shard_of(hash);
    const std::size_t size = shard.texts.size() + text.size();
    if (size > shard.texts.capacity()) {
      const std::size_t wanted = size + size / 8 + kFirstTexts;
      if (take_bytes(wanted - shard.texts.capacity())) {
        shard.texts.reserve(wanted);
      } else {
        empty(shard);
      }
    }
    const auto at = static_cast<std::uint32_t>(shard.texts.size());
    shard.texts += text;
    return at;
  }

  // Costs the same for a large table: each shard is emptied when it is next looked at.
  void clear() { ++epoch_; }

 private:
  static constexpr std::size_t kShards = 256;
  static constexpr std::size_t kGroup = 8;
  static constexpr std::size_t kGroups = 4;  // In which a hash may lie.
  static constexpr std::size_t kFirstTexts = 64;

  struct Shard {
    std::vector<Slot> slots;  // A number of whole groups.
    std::string texts;
    std::size_t used = 0;
    std::uint64_t epoch = 0;
  };

  static void empty(Shard& shard) {
    std::fill(shard.slots.begin(), shard.slots.end(), Slot{});
    shard.texts.clear();
    shard.used = 0;
  }

  // The upper bits choose the shard, the lower ones the group within it.
  Shard& shard_of(std::uint32_t hash) {
    Shard& shard = shards_[hash >> 24];
    if (shard.epoch != epoch_) empty(shard);
    shard.epoch = epoch_;
    return shard;
  }

  static Slot* group(Shard& shard, std::uint32_t hash) {
    const std::uint64_t lower = hash & 0xFFFFFFU;
    return shard.slots.data() + (lower * (shard.slots.size() / kGroup) >> 24U) * kGroup;
  }

  // Groups beyond the last one are not gone into.
  static Slot* unused_slot(Shard& shard, std::uint32_t hash) {
    Slot* const last = shard.slots.data() + shard.slots.size();
    Slot* const first = group(shard, hash);
    Slot* const end = first + std::min<std::ptrdiff_t>(kGroups * kGroup, last - first);
    Slot* const unused = std::find_if(first, end, [](const Slot& slot) { return !slot.used(); });
    return unused == end ? nullptr : unused;
  }

  bool take_bytes(std::size_t bytes) {
    if (bytes > bytes_left_) return false;
    bytes_left_ -= bytes;
    return true;
  }

  void grow(Shard& shard) {
    const std::size_t groups = shard.slots.size() / kGroup;
    const std::size_t more = groups / 4 + 1;
    if (!take_bytes(more * kGroup * sizeof(Slot))) return;
    std::vector<Slot> before((groups + more) * kGroup);
    before.swap(shard.slots);
    shard.used = 0;
    for (const Slot& slot : before) {
      if (!slot.used()) continue;
      Slot* const unused = unused_slot(shard, slot.hash());
      if (unused == nullptr) continue;
      *unused = slot;
      ++shard.used;
    }
  }

  std::array<Shard, kShards> shards_;
  std::size_t& bytes_left_;
  std::size_t given_up_ = 0;
  std::uint64_t epoch_ = 0;
};

}  // namespace postern
