#include "main/serve.h"

#include "base/random.h"
#include "cli/context.h"
#include "cli/endpoint_commands.h"
#include "cli/output.h"
#include "effects/worker.h"
#include "main/administration.h"
#include "main/first_run.h"
#include "main/front_desk.h"
#include "main/mailing.h"
#include "main/outgoing.h"
#include "main/portal_wiring.h"
#include "main/scripting.h"
#include "main/signals.h"
#include "manage/mail_setup.h"
#include "pipeline/held_release.h"
#include "pipeline/upkeep.h"

#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cstdio>
#include <fstream>

namespace postern {
namespace {

http::ServerOptions server_options(const Settings& settings) {
  const Settings::Limits& limits = settings.limits;
  return {.host = settings.server.host,
          .port = settings.server.port,
          .threads = settings.server.threads,
          .tls_certificate = settings.server.tls_certificate,
          .tls_key = settings.server.tls_key,
          .max_connections = limits.connections,
          .max_head_bytes = limits.head_bytes,
          .max_headers = limits.headers,
          .max_body_bytes = limits.body_bytes,
          .max_body_memory = limits.body_memory_bytes,
          .head_timeout = limits.head_timeout,
          .body_timeout = limits.body_timeout,
          .idle_timeout = limits.idle_timeout,
          .write_timeout = limits.write_timeout};
}

IntakePolicy intake_policy(const Settings& settings) {
  IntakePolicy policy;
  policy.trusted_proxies = settings.server.trusted_proxies;
  policy.insecure_http = settings.server.insecure_http;
  policy.form.max_fields = settings.limits.fields;
  policy.form.max_part_head_bytes = settings.limits.part_head_bytes;
  policy.form.max_json_depth = settings.limits.json_depth;
  policy.payload_bytes = settings.deliveries.payload_bytes;
  policy.public_url = settings.server.public_url;
  policy.hold = settings.limits.held_requests > 0;
  return policy;
}

ProvisionPolicy provision_policy(const Settings& settings) {
  return {.create_users = settings.users.create,
          .mail_server = sends_mail(settings),
          .held = {.requests = static_cast<std::int64_t>(settings.limits.held_requests),
                   .bytes = static_cast<std::int64_t>(settings.limits.held_bytes)}};
}

Retention retention(const Settings& settings) {
  return {.keep_for = settings.deliveries.keep_for,
          .keep_rows = settings.deliveries.keep_rows,
          .keep_repeat_keys_for = settings.deliveries.keep_repeat_keys_for};
}

std::uint64_t random_number(Random& random) {
  std::array<std::byte, sizeof(std::uint64_t)> bytes{};
  random.fill(bytes);
  return std::bit_cast<std::uint64_t>(bytes);
}

std::string own_url(const Settings& settings, std::uint16_t port) {
  const Settings::Server& server = settings.server;
  const bool v6 = server.host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", server.tls_certificate.empty() ? "http" : "https", v6 ? "[" : "", server.host,
                     v6 ? "]" : "", port);
}

// The address of the running server, for the CLI beside it. Gone when the server is.
class UrlFile {
 public:
  UrlFile(std::string path, const std::string& url) : path_(std::move(path)) { std::ofstream(path_) << url << '\n'; }
  UrlFile(const UrlFile&) = delete;
  UrlFile& operator=(const UrlFile&) = delete;
  ~UrlFile() { ::unlink(path_.c_str()); }

 private:
  std::string path_;
};

// Stops the server before the parts go that its threads use, whichever way the function is left.
class StopAtEnd {
 public:
  explicit StopAtEnd(http::Server& server) : server_(server) {}
  StopAtEnd(const StopAtEnd&) = delete;
  StopAtEnd& operator=(const StopAtEnd&) = delete;
  ~StopAtEnd() { server_.stop(std::chrono::milliseconds{0}); }

 private:
  http::Server& server_;
};

// Every batch takes some memory and gives it back. Without this the C library returns it to the kernel each time and
// asks for it again: 5 to 8 % of the CPU of a known-member delivery.
void keep_freed_memory() {
  constexpr int kKeepBytes = 16 * 1024 * 1024;
  ::mallopt(M_TRIM_THRESHOLD, kKeepBytes);  // NOLINT(concurrency-mt-unsafe): before any thread
  ::mallopt(M_MMAP_THRESHOLD, kKeepBytes);  // NOLINT(concurrency-mt-unsafe): before any thread
  ::mallopt(M_TOP_PAD, kKeepBytes / 16);    // NOLINT(concurrency-mt-unsafe): before any thread
  // Else each of some twenty threads keeps a heap of its own: 50 MB more with a million users, and no faster.
  ::mallopt(M_ARENA_MAX, 2);  // NOLINT(concurrency-mt-unsafe): before any thread
}

// Everything that runs, in the order in which it is built; it is taken down in reverse.
class Program {
 public:
  explicit Program(const Effective& effective)
      : effective_(effective),
        settings_(effective.settings),
        log_(clock_, effective.settings.log.level, effective.settings.log.format) {}

  Result<int> run(const Signals& signals, const ServeFlags& flags) {
    // The port first: if another server has it, nothing on the disk is touched.
    const std::unique_ptr<http::Server> server = TRY(http::Server::bind(server_options(settings_), log_, clock_));
    const std::string url = own_url(settings_, server->port());
    const std::string& base_url = settings_.server.public_url.empty() ? url : settings_.server.public_url;
    SqliteOptions options;
    options.path = database_path(settings_);
    options.cache_bytes = settings_.store.cache_bytes;
    options.people_bytes = settings_.store.people_bytes;
    const std::unique_ptr<SqliteStore> store = TRY(SqliteStore::open(options));
    const KeyVault vault = TRY(KeyVault::open_or_create(key_path(settings_), random_));
    PresetLibrary presets(presets_folder(settings_));
    const std::unique_ptr<CatalogCache> catalog = TRY(CatalogCache::create(*store, {&presets, &vault}));
    PipelineMetrics metrics;
    const FormLimits form = intake_policy(settings_).form;
    const std::unique_ptr<Scripting> scripting =
        TRY(Scripting::start({settings_, *catalog, *store, form, metrics, clock_, log_}));
    const ReplayOptions replay{.policy = provision_policy(settings_),
                               .form = form,
                               .hooks = &scripting->hooks(),
                               .sources = {&presets, &vault}};
    CounterFamily performed;
    const std::unique_ptr<Mailing> mailing =
        TRY(Mailing::create(*store, vault, effect_random_, clock_, settings_, base_url));
    const std::unique_ptr<Outgoing> outgoing =
        TRY(Outgoing::create({*store, *catalog, vault, clock_, log_}, settings_));
    std::map<EffectKind, Performer*> performers{{EffectKind::processed_hook, &scripting->processed()},
                                                {EffectKind::welcome_email, &mailing->performer()},
                                                {EffectKind::password_email, &mailing->performer()}};
    outgoing->add_to(performers);
    OutboxWorker worker({*store, clock_, log_, effect_random_, performed, performers}, default_lanes());
    HeldWebhooks held;
    const std::unique_ptr<HeldRelease> release = TRY(HeldRelease::create(
        {*store, *catalog, vault, &scripting->step(), held, clock_, log_, metrics, [&worker] { worker.wake(); }},
        {replay.policy, form, settings_.deliveries.payload_bytes}));
    Committer committer(
        {*store, *catalog, clock_, log_, metrics, [&worker] { worker.wake(); }, &held}, replay.policy,
        {.queue_deliveries = settings_.limits.queue_deliveries, .queue_bytes = settings_.limits.queue_bytes});
    PreparationStage preparation({committer, *store, &scripting->step(), metrics, log_}, preparation_limits(settings_));
    ProtectionCheck protection(metrics, random_number(random_));
    Intake intake(
        {*catalog, vault, preparation, &scripting->step(), clock_, log_, metrics, protection, held, intake_random_},
        intake_policy(settings_));
    const std::unique_ptr<Administration> administration = TRY(
        Administration::create({*store, vault, admin_random_, clock_, log_, effective_, presets, base_url, url, replay,
                                outgoing->sender(), sender_options(settings_).policy, mailing->transport(), &metrics}));
    const std::unique_ptr<PortalWiring> portal = TRY(make_portal(*store, vault, base_url, worker));
    FrontDesk desk({intake, administration->desk(), *portal, *store, metrics, performed,
                    settings_.server.trusted_proxies, log_, [&server] { return server->stats(); }},
                   settings_.metrics.token);
    server->start(desk);
    const StopAtEnd stop_at_end(*server);
    release->start();
    Upkeep upkeep({*store, *store, *store, presets, metrics.queue_depth, clock_, log_}, retention(settings_));

    const UrlFile url_file(url_path(settings_), url);
    TRY(greet(*store, vault, *administration, url, base_url, flags));
    wait_for_the_end(signals, *server);

    desk.stop_being_ready();
    upkeep.stop();
    release->stop();
    administration->stop_streams();
    server->stop(settings_.server.shutdown_grace);
    administration->desk().stop();
    portal->stop();
    preparation.stop();
    committer.stop();
    worker.stop();
    log_.info("server.stopped");
    return 0;
  }

 private:
  Result<std::unique_ptr<PortalWiring>> make_portal(Store& store, const KeyVault& vault, const std::string& base_url,
                                                    OutboxWorker& worker) {
    return PortalWiring::create({.store = store,
                                 .vault = vault,
                                 .random = portal_random_,
                                 .clock = clock_,
                                 .log = log_,
                                 .settings = settings_,
                                 .base_url = base_url,
                                 .site_name = mail_site(settings_, base_url).name,
                                 .can_mail = sends_mail(settings_),
                                 .wake_outbox = [&worker] { worker.wake(); }});
  }

  Result<void> greet(Store& store, const KeyVault& vault, Administration& administration, const std::string& url,
                     const std::string& base_url, const ServeFlags& flags) {
    std::optional<std::string> demo;
    if (flags.demo) demo = TRY(make_demo(store, vault, random_, clock_.now(), base_url));
    const std::optional<std::string> setup = TRY(administration.first_run_url());
    print_line("Listening on " + url);
    if (setup) print_line("Admin: " + *setup);
    if (demo) {
      print_line("A demo webhook was made. Create a member with:");
      print_line(fmt::format("  curl -d email=ada@example.com -d first_name=Ada -d last_name=Lovelace '{}'", *demo));
      print_line("and look at her with:");
      print_line(fmt::format("  {} user show ada@example.com --data {}", flags.program, settings_.store.data));
    }
    flush_output();
    log_.info("server.started", {{"url", url}, {"data", settings_.store.data}, {"version", POSTERN_VERSION}});
    return {};
  }

  void wait_for_the_end(const Signals& signals, http::Server& server) {
    while (signals.wait() == SIGHUP) {
      if (const Result<void> reloaded = server.reload_tls(); !reloaded) {
        log_.error("tls.reload_failed", {{"message", reloaded.error().message}});
      } else {
        log_.info("tls.reloaded");
      }
    }
    log_.info("server.stopping");
  }

  const Effective& effective_;
  const Settings& settings_;
  SystemClock clock_;
  SystemRandom random_;
  SystemRandom admin_random_;
  SystemRandom portal_random_;
  SystemRandom intake_source_;
  SharedRandom intake_random_{intake_source_};
  SystemRandom effect_source_;
  SharedRandom effect_random_{effect_source_};
  StderrLog log_;
};

}  // namespace

int serve(const Effective& effective, const ServeFlags& flags) {
  keep_freed_memory();
  const Signals signals;
  Program program(effective);
  const Result<int> done = program.run(signals, flags);
  if (done) return *done;
  print_message("postern: " + done.error().message);
  return 1;
}

}  // namespace postern
