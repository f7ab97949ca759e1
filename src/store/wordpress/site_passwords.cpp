#include "store/wordpress/site_passwords.h"

#include "base/check.h"

#include <algorithm>
#include <array>

namespace postern::wordpress {
namespace {

// The randomness that one password needs, taken at once: to hash while it is locked would make others wait.
class TakenRandom final : public Random {
 public:
  explicit TakenRandom(std::array<std::byte, 64> bytes) : bytes_(bytes) {}
  void fill(std::span<std::byte> out) override {
    CHECK(out.size() <= bytes_.size() - used_);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(used_), out.size(), out.begin());
    used_ += out.size();
  }

 private:
  std::array<std::byte, 64> bytes_;
  std::size_t used_ = 0;
};

}  // namespace

SitePasswords::State SitePasswords::refreshed() const {
  const auto options = pool_.read([&](mariadb::Connection& db) { return reader_.read(db); });
  return state_.with([&](State& state) {
    if (options) {
      state.rules = options->version.password_rules;
      state.cost = options->bcrypt_cost;
    }
    return state;
  });
}

Result<std::string> SitePasswords::hash(const Secret& password) const {
  const State now = refreshed();
  std::array<std::byte, 64> bytes{};
  state_.with([&](State& state) { state.random->fill(bytes); });
  TakenRandom random(bytes);
  return hash_typed_password(password, now.rules, random, now.cost);
}

bool SitePasswords::verify(const std::string& hash, const Secret& password) const {
  return !hash.empty() && check_password(typed_password(password), hash, refreshed().rules);
}

}  // namespace postern::wordpress
