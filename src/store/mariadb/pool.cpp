#include "store/mariadb/pool.h"

namespace postern::mariadb {

Lease::~Lease() {
  if (connection_ != nullptr) pool_->give_back(std::move(connection_));
}

Result<Lease> Pool::lease() {
  std::unique_ptr<Connection> connection = idle_.with([](auto& idle) {
    std::unique_ptr<Connection> taken;
    if (!idle.empty()) {
      taken = std::move(idle.back());
      idle.pop_back();
    }
    return taken;
  });
  if (connection == nullptr) connection = TRY(Connection::open(address_));
  connection->forget_fault();
  return Lease(*this, std::move(connection));
}

void Pool::give_back(std::unique_ptr<Connection> connection) {
  const Retry retry = retry_after(connection->last_fault());
  // What was lost is closed, and all that lie idle were most likely lost with it.
  if (retry == Retry::connection || retry == Retry::later) {
    const auto lost = idle_.with([](auto& idle) { return std::exchange(idle, {}); });
    return;
  }
  idle_.with([&](auto& idle) {
    if (idle.size() < kIdle) idle.push_back(std::move(connection));
  });
}

}  // namespace postern::mariadb
