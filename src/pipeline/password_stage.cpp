#include "pipeline/password_stage.h"

#include "crypto/password.h"
#include "pipeline/rejections.h"
#include "pipeline/reply.h"

namespace postern {
namespace {

bool wants_hash(const Pending& pending) {
  return !pending.arrival.fault && !pending.arrival.event.password.empty();
}

}  // namespace

PasswordStage::PasswordStage(Committer& committer, UserStore& users, PipelineMetrics& metrics, Log& log, Limits limits)
    : committer_(committer), users_(users), metrics_(metrics), log_(log), limits_(limits) {
  for (unsigned i = 0; i < limits_.threads; ++i) threads_.emplace_back([this] { run(); });
}

PasswordStage::~PasswordStage() {
  stop();
}

bool PasswordStage::submit(Pending& pending) {
  const bool hash = wants_hash(pending);
  if (!hash && waiting_.load(std::memory_order_acquire) == 0) return committer_.submit(pending);

  const std::lock_guard lock(mutex_);
  const std::string& email_key = pending.arrival.email_key;
  const auto lane = lanes_.find(email_key);
  if (!hash && lane == lanes_.end()) return committer_.submit(pending);
  if (waiting_.load(std::memory_order_relaxed) >= limits_.queue) return false;
  waiting_.fetch_add(1, std::memory_order_release);
  if (lane != lanes_.end()) {
    lane->second.push_back(std::move(pending));
    return true;
  }
  std::string key = email_key;
  lanes_[key].push_back(std::move(pending));
  ready_.push_back(std::move(key));
  work_.notify_one();
  return true;
}

void PasswordStage::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void PasswordStage::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [this] { return stopping_ || !ready_.empty(); });
    if (ready_.empty()) return;
    const std::string email_key = std::move(ready_.front());
    ready_.pop_front();
    Pending& front = lanes_.find(email_key)->second.front();  // Stays put: a deque grows at the other end only.
    lock.unlock();
    hash(front);
    lock.lock();
    if (advance(email_key)) ready_.push_back(email_key);
  }
}

// Leaves the hash empty for a person who exists: an existing password is never overwritten, so it is not needed.
void PasswordStage::hash(Pending& pending) {
  Arrival& arrival = pending.arrival;
  const auto user = users_.find_user(arrival.email_key);
  if (!user) {
    arrival.fault = store_unavailable();
    log_.error("store.read_failed", {{"message", user.error().message}, {"detail", user.error().detail}});
    return;
  }
  if (user->has_value()) return;
  auto hashed = hash_password(arrival.event.password);
  if (!hashed) {
    arrival.fault = store_unavailable();
    log_.error("password.not_hashed", {{"message", hashed.error().message}});
    return;
  }
  arrival.password_hash = *std::move(hashed);
  metrics_.passwords_hashed.add();
}

bool PasswordStage::advance(const std::string& email_key) {
  const auto lane = lanes_.find(email_key);
  Lane& pending = lane->second;
  do {
    pass_on(pending.front());
    pending.pop_front();
    waiting_.fetch_sub(1, std::memory_order_release);
  } while (!pending.empty() && !wants_hash(pending.front()));
  if (!pending.empty()) return true;
  lanes_.erase(lane);
  return false;
}

void PasswordStage::pass_on(Pending& pending) {
  if (committer_.submit(pending)) return;
  metrics_.overloaded.add();
  pending.exchange.reply(render_rejection(pending.arrival.delivery.dialect, overloaded()));
}

}  // namespace postern
