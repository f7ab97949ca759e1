// The parts of a store that are Postern's own (store/sql/own_tables.h), and those who keep their promise: a test
// program says who they are.
#pragma once

#include "store/account_store.h"
#include "store/endpoint_store.h"
#include "store/mail_template_store.h"
#include "store/outbox_store.h"
#include "store/person_store.h"
#include "support/temp_folder.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace postern {

// Each of one store, which lives as long as any of them.
struct OwnParts {
  std::shared_ptr<AccountStore> accounts;
  std::shared_ptr<EndpointStore> endpoints;
  std::shared_ptr<OutboxStore> outbox;
  std::shared_ptr<MailTemplateStore> mail_templates;
  std::shared_ptr<PersonStore> people;
  // What the tests need of the rest.
  std::function<UserId(const std::string& email, const std::string& password_hash)> add_user;
  std::function<void(UserId)> remove_user;
  std::function<std::int64_t()> catalog_generation;
};

template <class Whole>
OwnParts parts_of(const std::shared_ptr<Whole>& store) {
  return {.accounts = store, .endpoints = store, .outbox = store, .mail_templates = store, .people = store};
}

struct OwnBackend {
  std::string name;
  std::function<OwnParts(const TempFolder&)> make;
};

std::vector<OwnBackend> own_backends();

inline std::string own_backend_name(const testing::TestParamInfo<OwnBackend>& info) {
  return info.param.name;
}

}  // namespace postern
