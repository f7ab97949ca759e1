// The first to see a request: health and metrics are answered here, webhooks go to the intake, the
// API to the admin desk, the pages for people and access checks to the portal, the rest is 404.
#pragma once

#include "admin/desk.h"
#include "base/secret.h"
#include "http/server.h"
#include "main/portal_wiring.h"
#include "pipeline/intake.h"
#include "store/store.h"

#include <atomic>
#include <functional>

namespace postern {

class FrontDesk final : public http::Handler {
 public:
  struct Parts {
    Intake& intake;
    AdminDesk& admin;
    PortalWiring& portal;
    Store& store;
    const PipelineMetrics& metrics;
    const CounterFamily& performed;  // Effects, by kind and result.
    const std::vector<IpNetwork>& trusted_proxies;
    Log& log;
    std::function<http::ServerStats()> server_stats;
  };
  // All parts must outlive the desk. `metrics_token` empty: /metrics answers loopback only.
  FrontDesk(Parts parts, Secret metrics_token) : parts_(std::move(parts)), metrics_token_(std::move(metrics_token)) {}

  // Nothing thrown leaves it: whatever goes wrong unforeseen is logged, answered 500, and the server lives on.
  void handle(const http::Request& request, http::Exchange exchange) override;
  void rest() override { parts_.intake.rest(); }
  // From now on /readyz says no: the program is about to stop.
  void stop_being_ready() { ready_ = false; }

 private:
  void answer(const http::Request& request, http::Exchange& exchange);
  http::Response ready(const http::Request& request);
  http::Response metrics(const http::Request& request) const;
  void write_effects(std::string& out) const;
  void write_held(std::string& out) const;

  Parts parts_;
  const Secret metrics_token_;
  std::atomic<bool> ready_{true};
};

}  // namespace postern
