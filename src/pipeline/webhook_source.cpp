#include "pipeline/webhook_source.h"

#include "base/ascii.h"
#include "source/secret_names.h"

#include <algorithm>

namespace postern {
namespace {

void add_once(std::vector<std::string>& names, const std::string& name) {
  const std::string lower = ascii_lower(name);
  if (std::find(names.begin(), names.end(), lower) == names.end()) names.push_back(lower);
}

// Collects which headers and parameters are read.
class HeadReader {
 public:
  explicit HeadReader(WebhookSource& out) : out_(out) {}

  void look_at(const Path& path) {
    if (is_secret_name(path.name) || is_proof(path)) return;
    if (path.from == Path::From::header) add_once(out_.headers, path.name);
    if (path.from == Path::From::query) add_once(out_.parameters, path.name);
  }
  void look_at(const std::vector<Path>& paths) {
    for (const Path& each : paths) look_at(each);
  }
  void look_at(const std::vector<Condition>& conditions) {
    for (const Condition& each : conditions) look_at(each.subject);
  }

 private:
  bool is_proof(const Path& path) const {
    const auto& at = out_.preset ? out_.preset->verify.at : std::nullopt;
    return at && at->from == path.from && ascii_lower(at->name) == ascii_lower(path.name);
  }
  WebhookSource& out_;
};

void read_head_names(WebhookSource& source) {
  HeadReader reader(source);
  reader.look_at(source.conditions);
  if (!source.preset) return;
  const Preset& preset = *source.preset;
  for (const auto* paths :
       {&preset.event_type, &preset.event_id, &preset.event_time, &preset.repeat_key, &preset.fields.email,
        &preset.fields.first_name, &preset.fields.last_name, &preset.fields.full_name, &preset.fields.login,
        &preset.fields.external_id, &preset.fields.product, &preset.fields.order_ref}) {
    reader.look_at(*paths);
  }
  for (const auto& [name, paths] : preset.fields.others) reader.look_at(paths);
  for (const Rule& rule : preset.rules) reader.look_at(rule.when);
  if (preset.setup) reader.look_at(preset.setup->when);
}

std::string read_preset_of(const SourceSettings& settings, const SourceParts& parts, WebhookSource& out) {
  std::optional<LibraryPreset> found;
  if (parts.presets != nullptr) {
    found = parts.presets->find(settings.name);
  } else {
    found = PresetLibrary("").find(settings.name);
  }
  if (!found) return "There is no source '" + settings.name + "' (any more). Choose another, or put its file back.";
  if (!found->preset) return "The source '" + settings.name + "' cannot be used: " + found->problem;
  auto preset = std::make_shared<Preset>(*found->preset);
  if (!settings.webhook_id.empty()) preset->verify.webhook_id = settings.webhook_id;
  const auto& at = preset->verify.at;
  if (at && at->from == Path::From::body && !at->steps.empty()) out.proof_field = at->steps.back().key;
  out.preset = std::move(preset);
  return {};
}

std::string read_secrets(const SourceSettings& settings, const KeyVault* vault, WebhookSource& out) {
  if (!out.preset || vault == nullptr) return {};
  std::vector<PreparedSecret> own;
  for (const SourceSecret& each : settings.secrets) {
    Result<Secret> text = vault->unseal(each.sealed);
    if (!text) {
      return "Secret " + std::to_string(each.id) +
             " of this webhook was sealed with another key file. Put that file back, or enter the secret again.";
    }
    own.push_back({*std::move(text), std::nullopt, each.expires_at});
  }
  out.secrets = prepare_secrets(out.preset->verify, std::move(own));
  return {};
}

std::string read_conditions(const SourceSettings& settings, WebhookSource& out) {
  for (const WebhookCondition& each : settings.conditions) {
    Result<Condition> condition = make_condition(each.subject, each.op, each.values);
    if (!condition) {
      return "The condition on '" + each.subject + "' cannot be used: it " + condition.error().message + ".";
    }
    out.conditions.push_back(*std::move(condition));
  }
  return {};
}

}  // namespace

std::shared_ptr<const WebhookSource> prepare_source(const Webhook& webhook, const SourceParts& parts) {
  const SourceSettings& settings = webhook.source;
  const bool form = settings.name == kFormSource;
  if (form && settings.conditions.empty() && webhook.fault.empty()) return nullptr;
  auto out = std::make_shared<WebhookSource>();
  out->problem = webhook.fault;
  if (out->problem.empty() && !form) out->problem = read_preset_of(settings, parts, *out);
  if (out->problem.empty()) out->problem = read_secrets(settings, parts.vault, *out);
  if (out->problem.empty()) out->problem = read_conditions(settings, *out);
  if (out->problem.empty()) read_head_names(*out);
  return out;
}

}  // namespace postern
