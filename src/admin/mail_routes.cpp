// How mails leave, what they say, and whether they arrive.
#include "admin/fields.h"
#include "admin/query_fields.h"
#include "admin/resource_routes.h"
#include "admin/to_json.h"
#include "manage/mail_setup.h"

#include <memory>
#include <mutex>

namespace postern {
namespace {

namespace json = boost::json;

json::string_view text(std::string_view value) {
  return {value.data(), value.size()};
}

// What the body says about each part: a text, "back to the built-in one" (null), or nothing.
struct PartsGiven {
  std::vector<MailTemplateChange> changes;
  std::optional<Problem> problem;
};

class MailRoutes {
 public:
  explicit MailRoutes(SharedParts parts) : parts_(std::move(parts)) {}

  Reply show(Call& call) const {
    QueryFields query(call);
    if (const auto problem = query.finish()) return *problem;
    const std::vector<MailTemplate> custom = TRY(parts_->store.mail_templates());
    const CatalogData catalog = TRY(parts_->store.load_catalog());
    std::string problem;
    for (const std::string& each : mail_warnings(settings(), catalog)) problem += (problem.empty() ? "" : " ") + each;
    json::array templates;
    for (const MailKind kind : kMailKinds) templates.push_back(template_json(kind, custom));
    const MailSite mail = site();
    return json_reply({{"transport", text(to_word(settings().mail.transport))},
                       {"from", mail.from.address()},
                       {"from_name", mail.from.name()},
                       {"server", text_json(mail_server_text(settings()))},
                       {"problem", text_json(problem)},
                       {"templates", std::move(templates)}});
  }

  Reply preview(Call& call) const {
    Fields fields(call.body);
    const std::optional<MailKind> kind = read_kind(fields, true);
    PartsGiven given = read_parts(call, fields);
    if (given.problem) return *given.problem;
    MailParts parts = templates_of(*kind, TRY(parts_->store.mail_templates()));
    for (MailTemplateChange& each : given.changes) {
      if (each.body) parts.part(each.part) = *std::move(each.body);
    }
    const MailParts shown = TRY(render_mail(parts, preview_values(site())));
    return json_reply({{"subject", shown.subject}, {"text", shown.text}, {"html", shown.html}});
  }

  Reply change(Call& call) const {
    const std::optional<MailKind> kind = parse_mail_kind(call.path[0]);
    if (!kind) return no_such("template");
    Fields fields(call.body);
    const PartsGiven given = read_parts(call, fields);
    if (given.problem) return *given.problem;
    const json::object before = custom_json(*kind, TRY(parts_->store.mail_templates()));
    TRY(parts_->store.change_mail_templates(*kind, given.changes));
    const std::vector<MailTemplate> custom = TRY(parts_->store.mail_templates());
    call.audit({"mail.template", "mail " + std::string(to_word(*kind)), before, custom_json(*kind, custom)});
    return json_reply(template_json(*kind, custom));
  }

  Reply test(Call& call) const {
    Fields fields(call.body);
    const auto to_text = fields.text("to", {.required = true});
    const std::optional<MailAddress> to = to_text ? MailAddress::parse(*to_text) : std::nullopt;
    if (to_text && !to) fields.wrong("to", "is no e-mail address");
    const std::optional<MailKind> kind = read_kind(fields, false);
    if (const auto problem = fields.finish()) return *problem;
    if (parts_->mail == nullptr) {
      return json_reply(
          {{"sent", false}, {"detail", "No mail server is configured: set mail.transport, mail.host and mail.from."}});
    }
    // A mail server that hangs must not take the other thread of the desk too.
    const std::unique_lock only(*testing_, std::try_to_lock);
    if (!only) return Problem{409, "conflict", "Another test is being sent. Try again when it is done."};
    const std::vector<MailTemplate> custom = TRY(parts_->store.mail_templates());
    const Mail mail = TRY(make_test_mail(site(), *to, kind, custom, parts_->random, parts_->clock.now()));
    const MailResult result = parts_->mail->send(mail);
    const bool sent = result.kind == MailResult::Kind::sent;
    call.audit({"mail.test", to->address(), nullptr, {{"sent", sent}}});
    const bool repeats = result.response.empty() || result.note.find(result.response) != std::string::npos;
    return json_reply({{"sent", sent}, {"detail", result.note + (repeats ? "" : " It said: " + result.response)}});
  }

 private:
  const Settings& settings() const { return parts_->effective.settings; }
  MailSite site() const { return mail_site(settings(), parts_->base_url()); }

  static std::optional<MailKind> read_kind(Fields& fields, bool required) {
    const auto word = fields.text("template", {.required = required});
    const std::optional<MailKind> kind = word ? parse_mail_kind(*word) : std::nullopt;
    if (word && !kind) fields.wrong("template", "is neither welcome nor password");
    return kind;
  }

  static PartsGiven read_parts(const Call& call, Fields& fields) {
    PartsGiven out;
    for (const MailPart part : kMailParts) {
      const std::string_view name = to_word(part);
      const json::value* value = call.body.if_contains(json::string_view(name.data(), name.size()));
      auto body = fields.text(name, {.max = kMaxTemplateBytes, .may_be_empty = true, .multiline = true, .trim = false});
      if (body) {
        if (const auto problem = check_template(part, *body)) fields.wrong(name, problem->message);
      }
      if (value != nullptr) out.changes.push_back({part, std::move(body)});
    }
    out.problem = fields.finish();
    return out;
  }

  // Which parts are the operator's own: the texts themselves are too long for the audit log.
  static json::object custom_json(MailKind kind, const std::vector<MailTemplate>& custom) {
    json::object out;
    for (const MailPart part : kMailParts) out[text(to_word(part))] = "built-in";
    for (const MailTemplate& each : custom) {
      if (each.kind == kind) out[text(to_word(each.part))] = "own, " + std::to_string(each.body.size()) + " bytes";
    }
    return out;
  }

  static json::object template_json(MailKind kind, const std::vector<MailTemplate>& custom) {
    const MailParts all = templates_of(kind, custom);
    json::object parts;
    for (const MailPart part : kMailParts) {
      bool own = false;
      for (const MailTemplate& each : custom) own = own || (each.kind == kind && each.part == part);
      parts[text(to_word(part))] = {{"body", all.part(part)}, {"custom", own}};
    }
    json::array variables;
    for (const MailVariable& each : mail_variables()) {
      variables.push_back({{"name", text(each.name)}, {"about", text(each.about)}, {"example", text(each.example)}});
    }
    return {{"name", text(to_word(kind))},
            {"about", text(about_mail(kind))},
            {"parts", std::move(parts)},
            {"variables", std::move(variables)}};
  }

  SharedParts parts_;
  std::shared_ptr<std::mutex> testing_ = std::make_shared<std::mutex>();
};

}  // namespace

void add_mail_routes(Routes& routes, const SharedParts& parts) {
  using enum Permission;
  constexpr auto kJson = Route::Body::json;
  const MailRoutes r(parts);
  routes.add({"GET", "/mail", view, Route::Body::none, [r](Call& c) { return r.show(c); }});
  routes.add({"POST", "/mail/preview", view, kJson, [r](Call& c) { return r.preview(c); }});
  routes.add({"PUT", "/mail/templates/{name}", manage, kJson, [r](Call& c) { return r.change(c); }});
  routes.add({"POST", "/mail/test", manage, kJson, [r](Call& c) { return r.test(c); }});
}

}  // namespace postern
