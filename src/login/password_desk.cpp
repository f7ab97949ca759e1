#include "login/password_desk.h"

#include "crypto/account_secrets.h"

namespace postern {
namespace {

constexpr int kMostWaiting = 8;

}  // namespace

Result<std::unique_ptr<PasswordDesk>> PasswordDesk::create(Random& random, const PasswordScheme& scheme) {
  std::string nobody = TRY(scheme.hash(make_session_secret(random)));
  return std::unique_ptr<PasswordDesk>(new PasswordDesk(scheme, std::move(nobody)));
}

template <class Work>
auto PasswordDesk::in_turn(Work work) -> decltype(work()) {
  if (++waiting_ > kMostWaiting) {
    --waiting_;
    return Error{Errc::throttled, "Too many people are logging in right now. Try again in a moment.", ""};
  }
  const std::lock_guard lock(turn_);
  auto done = work();
  --waiting_;
  return done;
}

Result<std::string> PasswordDesk::hash(const Secret& password) {
  return in_turn([&] { return scheme_.hash(password); });
}

Result<bool> PasswordDesk::verify(const std::string& hash, const Secret& password) {
  return in_turn([&]() -> Result<bool> {
    const bool right = scheme_.verify(hash.empty() ? nobody_ : hash, password);
    return right && !hash.empty();
  });
}

}  // namespace postern
