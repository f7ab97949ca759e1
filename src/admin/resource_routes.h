// The routes of webhooks, spaces, courses, users, deliveries, mail, overview and settings.
#pragma once

#include "admin/live_tail.h"
#include "admin/piece_sender.h"
#include "admin/routes.h"
#include "base/random.h"
#include "config/load.h"
#include "crypto/key_vault.h"
#include "effects/mail/transport.h"
#include "hooks/hooks.h"
#include "pipeline/metrics.h"
#include "pipeline/replay.h"
#include "presets/preset_library.h"
#include "store/store.h"

#include <functional>
#include <memory>
#include <string>

namespace postern {

// All references must outlive the routes.
struct ResourceParts {
  Store& store;
  const KeyVault& vault;
  Random& random;
  const Clock& clock;
  const Effective& effective;
  const PresetLibrary& presets;
  LiveTail& tail;
  PieceSender& sender;
  std::function<std::string()> base_url;    // What webhook URLs begin with. Any thread.
  ReplayOptions replay;                     // `dry_run` is set per request.
  std::size_t payload_bytes = 64UL * 1024;  // Of a test's body kept in the log.
  std::string listen;                       // Where the server listens: "http://127.0.0.1:8080".
  WallTime started_at{};
  Hooks* hooks = nullptr;                    // Null: scripts are not run here.
  MailTransport* mail = nullptr;             // For tests by an admin; null: there is no mail server.
  const PipelineMetrics* metrics = nullptr;  // What was refused since the start; null: no webhook is served here.
};

void add_resource_routes(Routes& routes, ResourceParts parts);

// The groups of them; each takes its own copy.
using SharedParts = std::shared_ptr<const ResourceParts>;
void add_webhook_routes(Routes& routes, const SharedParts& parts);
void add_source_routes(Routes& routes, const SharedParts& parts);
void add_space_routes(Routes& routes, const SharedParts& parts);
void add_user_routes(Routes& routes, const SharedParts& parts);
void add_person_routes(Routes& routes, const SharedParts& parts);
void add_delivery_routes(Routes& routes, const SharedParts& parts);
void add_delivery_export_routes(Routes& routes, const SharedParts& parts);
void add_outbox_routes(Routes& routes, const SharedParts& parts);
void add_overview_routes(Routes& routes, const SharedParts& parts);
void add_hook_routes(Routes& routes, const SharedParts& parts);
void add_mail_routes(Routes& routes, const SharedParts& parts);

}  // namespace postern
