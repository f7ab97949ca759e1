// The operator's scripts on a delivery's way: is it wanted, and who is the new user?
#pragma once

#include "hooks/hooks.h"
#include "http/message.h"
#include "pipeline/arrival.h"
#include "pipeline/catalog.h"
#include "store/user_store.h"

#include <span>

namespace postern {

// Where a request comes from.
enum class Origin { sender, replay, test };

// What the scripts will be told about a request; copied from it, since they run later and elsewhere.
struct ScriptInput {
  WebhookId webhook;
  Origin origin = Origin::sender;
  std::string content_type;
  std::string body;  // As received: it may hold secrets, so it goes no further than to source/script_data.h.
  std::string query;
  std::vector<std::pair<std::string, std::string>> headers;
  bool tls = false;
  std::size_t bytes() const;
};

// Any thread.
class ScriptStep {
 public:
  struct Parts {
    Hooks& hooks;
    CatalogCache& catalog;
    UserStore& users;
    FormLimits form;
  };
  // All must outlive it.
  explicit ScriptStep(Parts parts) : parts_(parts) {}

  // Sets what the scripts need in order to run() later, if there are any for the arrival's webhook. Does not block.
  // `request`: null for one that came on no wire.
  void prepare(Arrival& arrival, Origin origin, std::string_view body, const http::Request* request, bool tls) const;
  // Runs what prepare() found to be due: validation, and user_data if nobody has the address yet. Leaves in `arrival`
  // what came of it. Errors: those of the store.
  Result<void> run(Arrival& arrival) const;

 private:
  bool judge(Arrival& arrival, const Judgement& judgement) const;
  void change_user(Arrival& arrival, const ScriptRequest& request, WebhookId webhook) const;

  const Parts parts_;
};

}  // namespace postern
