// The parts of the admin API, wired.
#pragma once

#include "admin/account_gate.h"
#include "admin/account_replies.h"
#include "admin/account_routes.h"
#include "admin/desk.h"
#include "admin/endpoint_routes.h"
#include "admin/resource_routes.h"
#include "base/shared_random.h"
#include "config/load.h"
#include "store/store.h"

#include <memory>
#include <string>

namespace postern {

// Everything behind /api/v1. Any thread.
class Administration {
 public:
  struct Parts {
    Store& store;
    const KeyVault& vault;
    Random& random;  // Used by nobody else from now on.
    const Clock& clock;
    Log& log;
    const Effective& effective;
    const PresetLibrary& presets;
    std::string base_url;  // What links and webhook URLs begin with.
    std::string listen;    // Where the server listens: "http://127.0.0.1:8080".
    ReplayOptions replay;
    OutgoingSender& outgoing;
    OutgoingPolicy outgoing_policy;
    MailTransport* mail = nullptr;             // Null: there is no mail server.
    const PipelineMetrics* metrics = nullptr;  // Of the server that takes webhooks' requests.
  };
  // All parts must outlive it. Errors: unavailable.
  static Result<std::unique_ptr<Administration>> create(const Parts& parts);

  AdminDesk& desk() { return *desk_; }
  // Ends the streams, for which a server that stops would wait. Before the server is stopped.
  void stop_streams();
  // The address where the first owner is made, and at the same time the end of all such addresses before it. Nothing
  // once there is an admin. Errors: unavailable.
  Result<std::optional<std::string>> first_run_url();

 private:
  Administration(const Parts& parts, std::unique_ptr<PasswordDesk> passwords);
  Parts parts_;
  SharedRandom random_;
  std::unique_ptr<PasswordDesk> passwords_;
  LoginThrottle throttle_;
  Sessions sessions_;
  AccountGate gate_;
  AccountAudit audit_;
  AccountReplies replies_;
  LiveTail tail_;
  PieceSender sender_;
  Routes routes_;
  std::unique_ptr<AdminDesk> desk_;  // The last: its threads use all the others.
};

}  // namespace postern
