// Whole stores that keep the promise of the own parts.
#include "conformance/backends.h"
#include "conformance/log_backends.h"
#include "conformance/own/own_parts.h"

namespace postern {
namespace {

UserId add_user(Store& store, const std::string& email, const std::string& password_hash) {
  Change change;
  change.create = NewUser{.email = email, .login = email, .display_name = email, .password_hash = password_hash};
  change.email_key = email;
  return *write_change(store, std::move(change)).delivery.user;
}

OwnParts whole(const std::shared_ptr<Store>& store) {
  OwnParts out = parts_of(store);
  out.add_user = [store](const std::string& email, const std::string& hash) { return add_user(*store, email, hash); };
  out.remove_user = [store](UserId id) { EXPECT_TRUE(store->remove_user(id)); };
  out.catalog_generation = [store] { return store->catalog_generation().value(); };
  return out;
}

}  // namespace

std::vector<OwnBackend> own_backends() {
  std::vector<OwnBackend> out;
  for (const Backend& each : backends()) {
    out.push_back({each.name, [make = each.make](const TempFolder& folder) { return whole(make(folder)); }});
  }
  return out;
}

}  // namespace postern
