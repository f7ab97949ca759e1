#include "cli/cli.h"

#include "cli/account_commands.h"
#include "cli/admin_commands.h"
#include "cli/delivery_commands.h"
#include "cli/endpoint_commands.h"
#include "cli/hook_commands.h"
#include "cli/mail_commands.h"
#include "cli/outbox_commands.h"
#include "cli/output.h"
#include "cli/source_commands.h"
#include "cli/space_commands.h"
#include "cli/user_commands.h"
#include "cli/webhook_commands.h"
#include "cli/wordpress_commands.h"

#include <CLI/CLI.hpp>

namespace postern {
namespace {

// What is given on the command line, before it is known what it means.
struct Arguments {
  std::string config_file;
  std::vector<FlagValue> flags;  // Settings given as flags.
  bool json = false;
  bool yes = false;
  ServeFlags serve;
  std::string name;  // The positional argument.
  SpaceFlags space;
  WebhookFlags webhook;
  std::string grace = "24h";
  bool reveal_url = false;
  UserListFlags users;
  UserEditFlags user_edit;
  std::vector<std::string> files;
  DeliveryListFlags deliveries;
  OutboxFlags outbox;
  AdminFlags admin;
  SourceFlags source;
  EndpointFlags endpoint;
  MailFlags mail;
  WordPressFlags wordpress;
  bool dry_run = false;
  bool markdown = false;
  bool limits_markdown = false;
};

using Command = std::function<Result<int>(Context&)>;

Command quiet(std::function<Result<void>(Context&)> run) {
  return [run = std::move(run)](Context& context) -> Result<int> {
    TRY(run(context));
    return 0;
  };
}

// Builds the tree of subcommands. `chosen` is set to what is to be done.
class Parser {
 public:
  Parser(CLI::App& app, Arguments& arguments, Command& chosen, const ServeCommand& serve)
      : app_(app), a_(arguments), chosen_(chosen), serve_(serve) {}
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  void build() {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", "postern " POSTERN_VERSION);
    add_serve();
    add_spaces("space", SpaceKind::space);
    add_spaces("course", SpaceKind::course);
    add_webhooks();
    add_users();
    add_deliveries();
    add_hooks();
    add_endpoints();
    add_outbox();
    add_sources();
    add_admins();
    add_mail();
    add_wordpress();
    add_upkeep();
  }

 private:
  CLI::App* add(CLI::App& parent, const std::string& name, const std::string& about, const std::string& examples,
                Command command) {
    CLI::App* sub = parent.add_subcommand(name, about);
    if (!examples.empty()) sub->footer("Examples:\n" + examples);
    setting(sub, "--data", "store.data", "DIR", "Folder of the database and the key file");
    sub->add_option("--config", a_.config_file, "Configuration file (TOML)")->type_name("FILE");
    sub->add_flag("--json", a_.json, "Print JSON for programs");
    sub->callback([this, command = std::move(command)] { chosen_ = command; });
    return sub;
  }

  CLI::App* group(const std::string& name, const std::string& about) {
    CLI::App* sub = app_.add_subcommand(name, about);
    sub->require_subcommand(1);
    return sub;
  }

  // A flag that is a setting.
  void setting(CLI::App* sub, const std::string& flag, const std::string& key, const std::string& type,
               const std::string& about) {
    sub->add_option_function<std::string>(
           flag,
           [this, key, flag](const std::string& value) {
             a_.flags.push_back({key, value, flag});
           },
           about)
        ->type_name(type)
        ->take_last();
  }

  void add_serve() {
    CLI::App* sub = add(app_, "serve", "Run the server",
                        "  postern serve\n  postern serve --data /var/lib/postern --listen 127.0.0.1:8080\n"
                        "  postern serve --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem",
                        [this](Context& context) -> Result<int> { return serve_(context.effective, a_.serve); });
    setting(sub, "--listen", "server.listen", "HOST:PORT", "Where to listen; port 0 lets the system choose");
    setting(sub, "--tls-cert", "server.tls_certificate", "FILE", "PEM certificate chain: speak TLS");
    setting(sub, "--tls-key", "server.tls_key", "FILE", "PEM private key");
    setting(sub, "--public-url", "server.public_url", "URL", "What webhook URLs begin with");
    sub->add_flag_callback(
        "--insecure-http",
        [this] {
          a_.flags.push_back({"server.insecure_http", "true", "--insecure-http"});
        },
        "Accept webhooks over plain HTTP from anywhere");
    sub->add_flag("--demo,!--no-demo", a_.serve.demo,
                  "On a new store, make a demo space, course and webhook (default)");
  }

  void add_spaces(const std::string& word, SpaceKind kind) {
    CLI::App& parent = *group(word, kind == SpaceKind::space ? "Manage spaces" : "Manage courses");
    CLI::App* sub =
        add(parent, "add", "Add a " + word, "  postern " + word + " add --title 'VIP Lounge' --privacy private",
            quiet([this, kind](Context& c) { return add_space(c, kind, a_.space); }));
    space_options(sub)->required();
    add(parent, "list", "List them", "  postern " + word + " list --json",
        quiet([kind](Context& c) { return list_spaces(c, kind); }));
    named(add(parent, "show", "Show one", "  postern " + word + " show vip-lounge",
              quiet([this, kind](Context& c) { return show_space(c, kind, a_.name); })));
    sub = named(add(parent, "edit", "Change one", "  postern " + word + " edit vip-lounge --title 'VIP' --no-approval",
                    quiet([this, kind](Context& c) { return edit_space(c, kind, a_.name, a_.space); })));
    space_options(sub);
    sub->add_flag_callback(
        "--unarchive", [this] { a_.space.archived = false; }, "Open it again");
    named(add(parent, "archive", "Add nobody any more; members stay", "  postern " + word + " archive vip-lounge",
              quiet([this, kind](Context& c) { return edit_space(c, kind, a_.name, {.archived = true}); })));
    confirmed(
        named(add(parent, "remove", "Remove it with its memberships", "  postern " + word + " remove vip-lounge --yes",
                  quiet([this, kind](Context& c) { return remove_space(c, kind, a_.name); }))));
  }

  CLI::Option* space_options(CLI::App* sub) {
    CLI::Option* title = sub->add_option("--title", a_.space.title, "What people read");
    sub->add_option("--slug", a_.space.slug, "Short name of a-z, 0-9 and '-'; made from the title if not given");
    sub->add_option("--privacy", a_.space.privacy, "public, private or secret");
    sub->add_flag_callback(
        "--approval", [this] { a_.space.approval = true; }, "New memberships wait for approval");
    sub->add_flag_callback(
        "--no-approval", [this] { a_.space.approval = false; }, "They do not (default)");
    return title;
  }

  void add_webhooks() {
    CLI::App& parent = *group("webhook", "Manage webhooks");
    CLI::App* sub = add(parent, "add", "Add a webhook and print its URL",
                        "  postern webhook add --name Shop --add-space premium --welcome-email\n"
                        "  postern webhook add --name Refunds --remove-space premium --json\n"
                        "  postern webhook add --name Stripe --source stripe --secret-file whsec.txt "
                        "--product price_1=premium,course:rust-101",
                        quiet([this](Context& c) { return add_webhook(c, a_.webhook); }));
    webhook_options(sub)->required();
    add(parent, "list", "List them", "  postern webhook list", quiet([](Context& c) { return list_webhooks(c); }));
    sub = named(add(parent, "show", "Show one", "  postern webhook show 1 --reveal-url",
                    quiet([this](Context& c) { return show_webhook(c, a_.name, a_.reveal_url); })),
                "ID");
    sub->add_flag("--reveal-url", a_.reveal_url, "Print the URL, which is a password");
    sub = named(add(parent, "edit", "Change one; a list that is given replaces the old one",
                    "  postern webhook edit 1 --add-space premium --add-space lounge\n"
                    "  postern webhook edit 1 --clear remove-space --condition '/livemode eq true'\n"
                    "  postern webhook edit 1 --secret-stdin --grace 24h\n"
                    "  postern webhook edit 1 --allow-ip 192.0.2.0/24 --rate 600/m --expires 90d",
                    quiet([this](Context& c) { return edit_webhook(c, a_.name, a_.webhook); })),
                "ID");
    webhook_options(sub);
    std::vector<std::string> lists = clearable_settings();
    for (const char* list : {"add-space", "remove-space", "add-course", "remove-course"}) lists.emplace_back(list);
    sub->add_option("--clear", a_.webhook.clear, "Empty this list; repeat for more")->check(CLI::IsMember(lists));
    sub = named(add(parent, "rotate", "Make a new key; the old URL works until the grace is over",
                    "  postern webhook rotate 1 --grace 7d",
                    quiet([this](Context& c) { return rotate_webhook(c, a_.name, a_.grace); })),
                "ID");
    sub->add_option("--grace", a_.grace, "How long the old URL goes on working")
        ->type_name("TIME")
        ->capture_default_str();
    const auto state = [&](const std::string& word, const std::string& about, WebhookState value) {
      return named(add(parent, word, about, "  postern webhook " + word + " 1",
                       quiet([this, value](Context& c) { return set_webhook_state(c, a_.name, value); })),
                   "ID");
    };
    state("pause", "Answer 200 and keep what comes, until it is resumed", WebhookState::paused);
    state("resume", "Work again, first on what was kept", WebhookState::active);
    confirmed(state("disable", "Switch it off for good (410)", WebhookState::disabled));
    confirmed(named(add(parent, "remove", "Remove it; its URL will be unknown", "  postern webhook remove 1 --yes",
                        quiet([this](Context& c) { return remove_webhook(c, a_.name); })),
                    "ID"));
  }

  CLI::Option* webhook_options(CLI::App* sub) {
    WebhookFlags& w = a_.webhook;
    CLI::Option* name = sub->add_option("--name", w.name, "What people read");
    sub->add_option("--add-space", w.add_spaces, "Add to this space (slug or number); repeat for more")
        ->expected(1)
        ->take_all();
    sub->add_option("--remove-space", w.remove_spaces, "Remove from this space")->expected(1)->take_all();
    sub->add_option("--add-course", w.add_courses, "Enroll in this course")->expected(1)->take_all();
    sub->add_option("--remove-course", w.remove_courses, "Unenroll from this course")->expected(1)->take_all();
    sub->add_flag_callback(
        "--welcome-email", [&w] { w.welcome_email = true; }, "Send new users the welcome e-mail");
    sub->add_flag_callback(
        "--no-welcome-email", [&w] { w.welcome_email = false; }, "Do not (default)");
    add_source_flags(*sub, w.source);
    add_protection_flags(*sub, w.protection);
    return name;
  }

  void add_users() {
    CLI::App& parent = *group("user", "Look people up and manage them");
    CLI::App* sub = add(parent, "list", "List users", "  postern user list --space premium --json",
                        quiet([this](Context& c) { return list_users(c, a_.users); }));
    sub->add_option("--space", a_.users.space, "Only members of this space or course");
    sub->add_option("--search", a_.users.search, "Only those whose e-mail or login begins with this");
    sub->add_option("--after", a_.users.after, "Only those after this number: the next page");
    sub->add_option("--limit", a_.users.limit, "How many")->capture_default_str();
    named(add(parent, "show", "Show one with all memberships", "  postern user show ada@example.com",
              quiet([this](Context& c) { return show_user(c, a_.name); })),
          "EMAIL");
    sub = named(add(parent, "edit", "Change one",
                    "  postern user edit ada@example.com --administrator\n"
                    "  postern user edit ada@example.com --role customer --meta '{\"plan\": \"gold\"}'",
                    quiet([this](Context& c) { return edit_user(c, a_.name, a_.user_edit); })),
                "EMAIL");
    UserEditFlags& edit = a_.user_edit;
    sub->add_flag_callback(
        "--administrator", [&edit] { edit.administrator = true; }, "A delivery never removes this user from a space");
    sub->add_flag_callback(
        "--no-administrator", [&edit] { edit.administrator = false; }, "A delivery may (default)");
    sub->add_option("--role", edit.role, "What the user is on the whole site, such as subscriber");
    sub->add_option("--meta", edit.meta, "What is kept about the user: a JSON object")->type_name("JSON");
    named(add(parent, "link", "Print a link that sets the password", "  postern user link ada@example.com",
              quiet([this](Context& c) { return link_user(c, a_.name); })),
          "EMAIL");
    confirmed(
        named(add(parent, "remove", "Remove one with all memberships", "  postern user remove ada@example.com --yes",
                  quiet([this](Context& c) { return remove_user(c, a_.name); })),
              "EMAIL"));
  }

  void add_deliveries() {
    CLI::App& parent = *group("delivery", "Read the delivery log: why is this person (not) in?");
    CLI::App* sub =
        add(parent, "list", "List deliveries, newest first",
            "  postern delivery list --email ada@example.com\n  postern delivery list --status rejected --since 2h\n"
            "  postern delivery list --follow",
            quiet([this](Context& c) { return list_deliveries(c, a_.deliveries); }));
    sub->add_option("--webhook", a_.deliveries.webhook, "Only of this webhook")->type_name("ID");
    sub->add_option("--status", a_.deliveries.status, "processed, rejected, failed, duplicate, ignored, stale or held");
    sub->add_option("--email", a_.deliveries.email, "Only for this address");
    sub->add_option("--since", a_.deliveries.since, "A time, or a duration back from now")->type_name("TIME");
    sub->add_option("--limit", a_.deliveries.limit, "How many")->capture_default_str();
    sub->add_flag("--follow", a_.deliveries.follow, "Go on printing new ones as they come");
    named(add(parent, "show", "Tell the story of one", "  postern delivery show 01jx3k9m2p4qa",
              quiet([this](Context& c) { return show_delivery(c, a_.name); })),
          "ID");
    sub = named(add(parent, "replay", "Send one through the pipeline again, as of now",
                    "  postern delivery replay 01jx3k9m2p4qa --dry-run",
                    quiet([this](Context& c) { return replay_delivery(c, a_.name, a_.dry_run); })),
                "ID");
    sub->add_flag("--dry-run", a_.dry_run, "Only say what would happen");
  }

  void add_hooks() {
    CLI::App& parent = *group("hooks", "Check the scripts that look at deliveries");
    add(parent, "check", "Look for problems in scripts; exit code 1 if there are any",
        "  postern hooks check\n  postern hooks check all.lua",
        [this](Context& c) -> Result<int> { return TRY(check_hooks(c, a_.files)) ? 0 : 1; })
        ->add_option("FILE", a_.files, "Scripts; all of hooks.folder if none is named");
    add(parent, "list", "List the scripts of hooks.folder", "  postern hooks list --json",
        quiet([](Context& c) { return list_hooks(c); }));
  }

  void add_outbox() {
    CLI::App& parent = *group("outbox", "What happens after a delivery: mails, scripts, outgoing events");
    CLI::App* sub = add(parent, "list", "List effects, newest first",
                        "  postern outbox list --state dead\n  postern outbox list --delivery 01jx3k9m2p4qa",
                        quiet([this](Context& c) { return list_effects(c, a_.outbox); }));
    sub->add_option("--kind", a_.outbox.kind, "welcome_email, password_email, processed_hook, events or event");
    sub->add_option("--state", a_.outbox.state, "waiting, done, dead or skipped");
    sub->add_option("--delivery", a_.outbox.delivery, "Only those of this delivery")->type_name("ID");
    sub->add_option("--limit", a_.outbox.limit, "How many")->capture_default_str();
    named(add(parent, "show", "Show one with its attempts", "  postern outbox show 12",
              quiet([this](Context& c) { return show_effect(c, a_.name); })),
          "NUMBER");
    sub = add(parent, "retry", "Try one again now, or all of a kind that were given up",
              "  postern outbox retry 12\n  postern outbox retry --dead welcome_email",
              quiet([this](Context& c) { return retry_effects(c, a_.name, a_.outbox.kind); }));
    sub->add_option("NUMBER", a_.name, "Of the effect");
    sub->add_option("--dead", a_.outbox.kind, "All of this kind that were given up")->type_name("KIND");
  }

  void add_sources() {
    CLI::App& parent = *group("source", "Look at the sources that are shipped, and try one of your own");
    CLI::App* sub = add(parent, "list", "List the shipped ones", "  postern source list --json",
                        quiet([this](Context& c) -> Result<void> {
                          if (a_.markdown) {
                            print_line(sources_reference());
                          } else {
                            list_sources(c);
                          }
                          return {};
                        }));
    sub->add_flag("--markdown", a_.markdown, "Print the table of docs/sources.md");
    named(add(parent, "show", "Say what one needs and how it reads", "  postern source show stripe",
              quiet([this](Context& c) { return show_source(c, a_.name); })),
          "NAME");
    sub = named(
        add(parent, "check", "Check a preset, and what it makes of a request; exit code 1 if it does not fit",
            "  postern source check ./our-shop.toml\n"
            "  postern source check woocommerce --sample order.json --header 'X-WC-Webhook-Topic: order.created'\n"
            "  postern source check stripe --sample body.json --header 'Stripe-Signature: t=…' --secret-stdin",
            [this](Context& c) -> Result<int> { return TRY(check_source(c, a_.name, a_.source)) ? 0 : 1; }),
        "SOURCE");
    sub->add_option("--sample", a_.source.sample, "The body of a request, byte for byte")->type_name("FILE");
    sub->add_option("--header", a_.source.headers, "A header of it, 'Name: value'; repeat for more")
        ->expected(1)
        ->take_all();
    sub->add_option("--content-type", a_.source.content_type, "Short for its Content-Type header")->type_name("TYPE");
    sub->add_option("--method", a_.source.method, "Its method")->capture_default_str();
    sub->add_option("--url", a_.source.url, "The public URL that the sender has; some sign it")->type_name("URL");
    CLI::Option* from_stdin = sub->add_flag("--secret-stdin", a_.source.secret_stdin,
                                            "Read the secrets from standard input, one per line, or as PEM");
    sub->add_option("--secret-file", a_.source.secret_file, "Read them from a file")
        ->type_name("FILE")
        ->excludes(from_stdin);
    sub->add_option("--webhook-id", a_.source.webhook_id, "What the sender calls the webhook (PayPal)");
    sub->add_option("--url-action", a_.source.url_action, "What requests without a type shall mean: grant or revoke");
    sub->add_option("--now", a_.source.now, "Hold the request's time against this one instead of the clock")
        ->type_name("TIME");
  }

  void add_endpoints() {
    CLI::App& parent = *group("endpoint", "Manage endpoints: who is told what happens");
    CLI::App* sub = add(parent, "add", "Add an endpoint and print the secret of its signatures",
                        "  postern endpoint add --name CRM --url https://crm.example.com/postern\n"
                        "  postern endpoint add --name Chat --url https://chat.example.com/x --event user.created",
                        quiet([this](Context& c) { return add_endpoint(c, a_.endpoint); }));
    endpoint_options(sub);
    sub->get_option("--name")->required();
    sub->get_option("--url")->required();
    add(parent, "list", "List them", "  postern endpoint list", quiet([](Context& c) { return list_endpoints(c); }));
    const auto one = [&](const std::string& word, const std::string& about, const std::string& example, auto run) {
      return named(add(parent, word, about, "  postern endpoint " + word + " " + example,
                       quiet([this, run](Context& c) { return run(c, a_.name); })),
                   "ID");
    };
    one("show", "Show one: how it does, what waits", "1", show_endpoint);
    sub = one("edit", "Change one; a list that is given replaces the old one", "1 --event membership.added",
              [this](Context& c, const std::string& name) { return edit_endpoint(c, name, a_.endpoint); });
    endpoint_options(sub);
    sub->add_flag("--all-events", a_.endpoint.all_events, "It wants all events");
    sub = one("rotate", "Make a new key; the old one signs beside it until the grace is over", "1 --grace 7d",
              [this](Context& c, const std::string& name) { return rotate_endpoint(c, name, a_.grace); });
    sub->add_option("--grace", a_.grace, "How long the old key goes on signing")
        ->type_name("TIME")
        ->capture_default_str();
    one("reveal", "Print the secret of its newest key", "1", reveal_endpoint);
    one("pause", "Send nothing until it is resumed; what happens is kept", "1",
        [](Context& c, const std::string& name) { return pause_endpoint(c, name); });
    one("resume", "Send again, first what could not be sent before", "1",
        [](Context& c, const std::string& name) { return resume_endpoint(c, name); });
    named(add(parent, "test", "Send a test event and say what came back", "  postern endpoint test 1",
              [this](Context& c) { return test_endpoint(c, a_.name); }),
          "ID");
    confirmed(one("remove", "Remove one", "1 --yes",
                  [](Context& c, const std::string& name) { return remove_endpoint(c, name); }));
  }

  void endpoint_options(CLI::App* sub) {
    sub->add_option("--name", a_.endpoint.name, "What people read");
    sub->add_option("--url", a_.endpoint.url, "Where events are sent, https://…");
    sub->add_option("--event", a_.endpoint.events, "An event it wants; repeat for more; none: all")
        ->expected(1)
        ->take_all();
  }

  void add_admins() {
    CLI::App& parent = *group("admin", "Manage the people who operate Postern; works beside a running server");
    CLI::App* sub = add(parent, "add", "Add one and print a one-time link",
                        "  postern admin add --email ada@example.com --name 'Ada Lovelace'\n"
                        "  postern admin add --email bob@example.com --name Bob --role viewer --json",
                        quiet([this](Context& c) { return add_admin(c, a_.admin); }));
    sub->add_option("--email", a_.admin.email, "What one logs in with")->required();
    sub->add_option("--name", a_.admin.name, "What people read")->required();
    sub->add_option("--role", a_.admin.role, "viewer, admin or owner (default: owner for the first one, else admin)");
    sub = named(add(parent, "reset", "Print a one-time link with which one sets another password",
                    "  postern admin reset ada@example.com\n  postern admin reset ada@example.com --second-factor",
                    quiet([this](Context& c) { return reset_admin(c, a_.name, a_.admin.second_factor); })),
                "EMAIL");
    sub->add_flag("--second-factor", a_.admin.second_factor, "Remove the second factor too: the device is lost");
    add(parent, "list", "List them", "  postern admin list --json", quiet([](Context& c) { return list_admins(c); }));
    named(
        add(parent, "disable", "End all sessions of one; no login any more", "  postern admin disable bob@example.com",
            quiet([this](Context& c) { return set_admin_disabled(c, a_.name, true); })),
        "EMAIL");
    named(add(parent, "enable", "Allow one to log in again", "  postern admin enable bob@example.com",
              quiet([this](Context& c) { return set_admin_disabled(c, a_.name, false); })),
          "EMAIL");
  }

  void add_mail() {
    CLI::App& parent = *group("mail", "Look at the mails that are sent, change them, test the mail server");
    MailFlags& m = a_.mail;
    CLI::App* sub = add(parent, "test", "Send one mail now; exit code 1 if it is not taken",
                        "  postern mail test --to you@example.com\n"
                        "  postern mail test --to you@example.com --template welcome",
                        [this](Context& c) -> Result<int> { return TRY(test_mail(c, a_.mail)) ? 0 : 1; });
    sub->add_option("--to", m.to, "Whom")->required()->type_name("ADDRESS");
    sub->add_option("--template", m.kind, "This mail with example values, instead of a plain sentence");
    sub = named(add(parent, "preview", "Print a mail with example values",
                    "  postern mail preview welcome\n  postern mail preview welcome --text welcome.txt",
                    quiet([this](Context& c) { return preview_mail(c, a_.name, a_.mail); })),
                "NAME");
    mail_parts(sub);
    CLI::App& templates = *parent.add_subcommand("template", "The texts of the mails: welcome, password");
    templates.require_subcommand(1);
    named(add(templates, "show", "Print the texts in force and the variables", "  postern mail template show welcome",
              quiet([this](Context& c) { return show_mail_template(c, a_.name); })),
          "NAME");
    sub = named(add(templates, "set", "Replace parts of a mail",
                    "  postern mail template set welcome --subject 'Welcome to {{site_name}}'\n"
                    "  postern mail template set welcome --text welcome.txt --html welcome.html",
                    quiet([this](Context& c) { return set_mail_template(c, a_.name, a_.mail); })),
                "NAME");
    mail_parts(sub);
    sub = named(add(templates, "reset", "Go back to the built-in texts", "  postern mail template reset welcome",
                    quiet([this](Context& c) { return reset_mail_template(c, a_.name, a_.mail); })),
                "NAME");
    sub->add_option("--part", m.parts, "Only this one: subject, text or html; repeat for more")
        ->expected(1)
        ->take_all();
  }

  void mail_parts(CLI::App* sub) {
    sub->add_option("--subject", a_.mail.subject, "The subject");
    sub->add_option("--text", a_.mail.text, "File with the text; - for standard input")->type_name("FILE");
    sub->add_option("--html", a_.mail.html, "File with the HTML; an empty one: none")->type_name("FILE");
  }

  void add_wordpress() {
    CLI::App& parent = *group("wordpress", "Look at a WordPress site with FluentCommunity");
    CLI::App* sub = add(parent, "doctor", "Check all that Postern relies on; exit code 1 if there are problems",
                        "  postern wordpress doctor --wordpress /var/www/site/wp-config.php\n"
                        "  postern wordpress doctor --wordpress /var/www/site --db-password-file ./password --json",
                        [this](Context& c) -> Result<int> { return TRY(examine_wordpress(c, a_.wordpress)) ? 0 : 1; });
    WordPressFlags& w = a_.wordpress;
    sub->add_option("--wordpress", w.path, "Its wp-config.php, or the folder of WordPress")
        ->type_name("PATH")
        ->required();
    sub->add_option("--db-host", w.db_host, "Instead of DB_HOST, in the same forms");
    sub->add_option("--db-name", w.db_name, "Instead of DB_NAME");
    sub->add_option("--db-user", w.db_user, "Instead of DB_USER");
    sub->add_option("--db-password-file", w.db_password_file, "A file with the password, instead of DB_PASSWORD")
        ->type_name("FILE");
    sub->add_option("--table-prefix", w.table_prefix, "Instead of $table_prefix");
  }

  void add_upkeep() {
    named(add(app_, "backup", "Copy the database while it is in use", "  postern backup /backups/postern-today.db",
              quiet([this](Context& c) { return backup(c, a_.name); })),
          "FILE");
    add(app_, "check", "Look for problems; exit code 1 if there are any", "  postern check --json",
        [](Context& c) -> Result<int> { return TRY(check(c)) ? 0 : 1; });
    CLI::App* sub = add(app_, "config", "Print the settings in force and where each came from", "  postern config",
                        quiet([this](Context& c) -> Result<void> {
                          if (a_.markdown) {
                            print_line(config_reference());
                          } else if (a_.limits_markdown) {
                            print_line(limits_reference());
                          } else {
                            print_config(c);
                          }
                          return {};
                        }));
    sub->add_flag("--markdown", a_.markdown, "Print the reference of all settings");
    sub->add_flag("--limits-markdown", a_.limits_markdown, "Print the reference of all limits");
  }

  CLI::App* named(CLI::App* sub, const std::string& what = "SLUG") {
    sub->add_option(what, a_.name)->required();
    return sub;
  }
  CLI::App* confirmed(CLI::App* sub) {
    sub->add_flag("--yes,-y", a_.yes, "Do not ask");
    return sub;
  }

  CLI::App& app_;
  Arguments& a_;
  Command& chosen_;
  const ServeCommand& serve_;
};

Result<int> run_chosen(const Arguments& arguments, const Command& chosen, const Environment& environment) {
  std::string file = arguments.config_file;
  if (const auto it = environment.find("POSTERN_CONFIG"); file.empty() && it != environment.end()) file = it->second;
  Context context;
  context.effective = TRY(load_settings(file, environment, arguments.flags));
  context.environment = environment;
  context.json = arguments.json;
  context.yes = arguments.yes;
  return chosen(context);
}

}  // namespace

int run_cli(int argc, char** argv, char** environment, const ServeCommand& serve) {
  CLI::App app{"Postern: the side gate of a community. A webhook POST makes a member.", "postern"};
  Arguments arguments;
  arguments.serve.program = argc > 0 ? argv[0] : "postern";
  Command chosen;
  Parser parser(app, arguments, chosen, serve);  // What it builds refers to it.
  parser.build();
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);  // --help, --version
  } catch (const CLI::ParseError& error) {
    app.exit(error);
    return 2;
  }
  const Result<int> done = run_chosen(arguments, chosen, read_environment(environment));
  flush_output();
  if (done) return *done;
  print_message("postern: " + done.error().message);
  return 1;
}

}  // namespace postern
