#include "pipeline/preparation_stage.h"

#include "pipeline/rejections.h"
#include "pipeline/reply.h"

#include <algorithm>

namespace postern {

PreparationStage::PreparationStage(Parts parts, Limits limits) : parts_(parts), limits_(limits) {
  for (unsigned i = 0; i < limits_.hash_threads; ++i) threads_.emplace_back([this] { run_hashes(); });
  for (unsigned i = 0; parts_.scripts != nullptr && i < limits_.script_threads; ++i) {
    threads_.emplace_back([this] { run_scripts(); });
  }
}

PreparationStage::~PreparationStage() {
  stop();
}

PreparationStage::Entry PreparationStage::make_entry(Pending& pending) {
  Entry out;
  const Arrival& arrival = *pending.arrival;
  if (arrival.fault || arrival.unprepared) return out;
  out.hash_due = !arrival.event.password.empty();
  if (arrival.script_input == nullptr) return out;
  out.scripts_due = true;
  out.script_bytes = pending.bytes() + arrival.script_input->bytes();
  out.webhook = arrival.script_input->webhook;
  return out;
}

bool PreparationStage::submit(Pending& pending, Committer::Wake wake) {
  Entry entry = make_entry(pending);
  const bool due = entry.scripts_due || entry.hash_due;
  if (!due && waiting_.load(std::memory_order_acquire) == 0) return parts_.committer.submit(pending, wake);

  const std::lock_guard lock(mutex_);
  const std::string& email_key = pending.arrival->email_key;
  const auto lane = lanes_.find(email_key);
  if (!due && lane == lanes_.end()) return parts_.committer.submit(pending, wake);
  if (!has_room(entry)) return false;
  count(entry, true);
  if (lane != lanes_.end()) {
    entry.pending = std::move(pending);
    lane->second.push_back(std::move(entry));
    return true;
  }
  const std::string key = email_key;
  entry.pending = std::move(pending);
  lanes_[key].push_back(std::move(entry));
  advance(key);
  return true;
}

bool PreparationStage::has_room(const Entry& entry) const {
  if (!entry.scripts_due) return others_waiting_ < limits_.hash_queue;
  const auto of_webhook = scripts_of_.find(entry.webhook);
  const std::size_t share = std::max<std::size_t>(1, limits_.script_queue / 2);
  return scripts_waiting_ < limits_.script_queue && script_bytes_ + entry.script_bytes <= limits_.script_queue_bytes &&
         (of_webhook == scripts_of_.end() || of_webhook->second < share);
}

void PreparationStage::count(const Entry& entry, bool comes) {
  const std::size_t by = comes ? 1 : std::size_t{0} - 1;  // Unsigned: it wraps around.
  waiting_.fetch_add(by, std::memory_order_release);
  if (entry.script_bytes == 0) {
    others_waiting_ += by;
    return;
  }
  scripts_waiting_ += by;
  script_bytes_ += comes ? entry.script_bytes : std::size_t{0} - entry.script_bytes;
  std::size_t& of_webhook = scripts_of_[entry.webhook];
  of_webhook += by;
  if (of_webhook == 0) scripts_of_.erase(entry.webhook);
}

void PreparationStage::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  script_work_.notify_all();
  hash_work_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void PreparationStage::run_scripts() {
  std::unique_lock lock(mutex_);
  while (true) {
    script_work_.wait(lock, [this] { return !script_ready_.empty() || (stopping_ && lanes_.empty()); });
    if (script_ready_.empty()) return;
    const std::string email_key = script_ready_.pop();
    Entry& front = lanes_.find(email_key)->second.front();  // Stays put: a deque grows at the other end only.
    if (!stopping_) {
      lock.unlock();
      work_on_scripts(*front.pending.arrival);
      lock.lock();
      front.scripts_due = false;
    }
    advance(email_key);
  }
}

void PreparationStage::run_hashes() {
  std::unique_lock lock(mutex_);
  while (true) {
    hash_work_.wait(lock, [this] { return !hash_ready_.empty() || (stopping_ && lanes_.empty()); });
    if (hash_ready_.empty()) return;
    const std::string email_key = std::move(hash_ready_.front());
    hash_ready_.pop_front();
    Entry& front = lanes_.find(email_key)->second.front();
    lock.unlock();
    hash(*front.pending.arrival);
    lock.lock();
    front.hash_due = false;
    advance(email_key);
  }
}

void PreparationStage::work_on_scripts(Arrival& arrival) {
  if (const Result<void> done = parts_.scripts->run(arrival); !done) {
    arrival.fault = store_unavailable();
    parts_.log.error("store.read_failed", {{"message", done.error().message}, {"detail", done.error().detail}});
  }
}

// Leaves the hash empty for a person who exists: an existing password is never overwritten, so it is not needed.
void PreparationStage::hash(Arrival& arrival) {
  const auto user = parts_.users.find_user(arrival.email_key);
  if (!user) {
    arrival.fault = store_unavailable();
    parts_.log.error("store.read_failed", {{"message", user.error().message}, {"detail", user.error().detail}});
    return;
  }
  if (user->has_value()) return;
  auto hashed = parts_.passwords.hash(arrival.event.password);
  if (!hashed) {
    arrival.fault = store_unavailable();
    parts_.log.error("password.not_hashed", {{"message", hashed.error().message}});
    return;
  }
  arrival.password_hash = *std::move(hashed);
  parts_.metrics.passwords_hashed.add();
}

void PreparationStage::advance(const std::string& email_key) {
  const auto it = lanes_.find(email_key);
  Lane& lane = it->second;
  while (!lane.empty()) {
    Entry& front = lane.front();
    const Arrival& arrival = *front.pending.arrival;
    if (front.scripts_due && !stopping_) {
      script_ready_.push(front.webhook, email_key);
      script_work_.notify_one();
      return;
    }
    const bool goes_on = !front.scripts_due && !arrival.fault && !arrival.script_rejection;
    if (front.hash_due && goes_on && hash_ready_.size() < limits_.hash_queue) {
      hash_ready_.push_back(email_key);
      hash_work_.notify_one();
      return;
    }
    if (front.scripts_due || (front.hash_due && goes_on)) {
      refuse(front.pending);
    } else {
      pass_on(front.pending);
    }
    count(front, false);
    lane.pop_front();
  }
  lanes_.erase(it);
  if (stopping_ && lanes_.empty()) {
    script_work_.notify_all();
    hash_work_.notify_all();
  }
}

void PreparationStage::pass_on(Pending& pending) {
  if (!parts_.committer.submit(pending)) refuse(pending);
}

void PreparationStage::refuse(Pending& pending) {
  parts_.metrics.overloaded.add();
  pending.answer(render_rejection(pending.arrival->delivery.dialect, overloaded()));
}

}  // namespace postern
