#include "login/password_desk.h"

#include "crypto/account_secrets.h"
#include "crypto/password.h"

namespace postern {
namespace {

constexpr int kMostWaiting = 8;

}  // namespace

Result<std::unique_ptr<PasswordDesk>> PasswordDesk::create(Random& random) {
  std::string nobody = TRY(hash_password(make_session_secret(random)));
  return std::unique_ptr<PasswordDesk>(new PasswordDesk(std::move(nobody)));
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
  return in_turn([&] { return hash_password(password); });
}

Result<bool> PasswordDesk::verify(const std::string& hash, const Secret& password) {
  return in_turn([&]() -> Result<bool> {
    const bool right = verify_password(hash.empty() ? nobody_ : hash, password);
    return right && !hash.empty();
  });
}

}  // namespace postern
