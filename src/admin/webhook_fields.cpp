#include "admin/webhook_fields.h"

#include "manage/setting_faults.h"
#include "manage/source_secrets.h"
#include "source/verify.h"

namespace postern {
namespace {

namespace json = boost::json;

constexpr Fields::Text kName{.required = true, .max = kMaxSettingBytes, .trim = false};

std::string at(std::string_view list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "].";
}

std::optional<SourceAction> read_action(Fields& fields, std::string_view name, bool required) {
  const auto word = fields.text(name, {.required = required});
  if (!word) return std::nullopt;
  const auto action = parse_source_action(*word);
  if (!action) fields.wrong(name, "is none of grant, revoke, ignore, link");
  return action;
}

std::vector<SpaceId> read_spaces(Fields& fields, std::string_view name) {
  std::vector<SpaceId> out;
  for (const std::int64_t each : fields.ids(name).value_or(std::vector<std::int64_t>())) out.push_back({each});
  return out;
}

// The elements of a list as `read` makes them; nothing if it is not given.
template <class Element, class Read>
void read_list(Fields& fields, std::string_view name, std::size_t most, std::vector<Element>& list, Read read) {
  const auto given = fields.objects(name, most);
  if (!given) return;
  list.clear();
  for (std::size_t i = 0; i < given->size(); ++i) {
    fields.within(*(*given)[i], at(name, i), [&](Fields& inner) { list.push_back(read(inner)); });
  }
}

void read_lists(Fields& fields, SourceSettings& source) {
  read_list(fields, "events", kMaxEventMeanings, source.events, [](Fields& inner) {
    return EventMeaning{inner.text("type", kName).value_or(""),
                        read_action(inner, "action", true).value_or(SourceAction::ignore)};
  });
  read_list(fields, "conditions", kMaxConditions, source.conditions, [](Fields& inner) {
    return WebhookCondition{
        inner.text("subject", {.required = true, .max = kMaxSettingBytes, .may_be_empty = true}).value_or(""),
        inner.text("op", {.required = true}).value_or(""),
        inner.words("values", kMaxConditionValues).value_or(std::vector<std::string>())};
  });
  read_list(fields, "products", kMaxProductEffects, source.products, [](Fields& inner) {
    return ProductEffects{inner.text("product", kName).value_or(""), read_spaces(inner, "spaces"),
                          read_spaces(inner, "courses")};
  });
}

void read_rate(Fields& fields, std::string_view name, RateLimit& rate) {
  if (fields.is_null(name)) rate = {};
  const json::object* given = fields.object(name);
  if (given == nullptr) return;
  fields.within(*given, std::string(name) + ".", [&](Fields& inner) {
    const auto per_minute = inner.integer("per_minute", 1, kMaxRate);
    if (!per_minute && inner.is_fine()) inner.wrong("per_minute", "is missing");
    const auto burst = inner.integer("burst", 0, kMaxRate);
    rate = {static_cast<std::uint32_t>(per_minute.value_or(0)), static_cast<std::uint32_t>(burst.value_or(0))};
  });
}

void add(Fields& fields, const std::vector<SettingFault>& faults) {
  for (const SettingFault& each : faults) fields.wrong(each.setting, each.message);
}

}  // namespace

void read_source(Fields& fields, const WebhookFieldsContext& context, SourceSettings& source) {
  const json::object* given = fields.object("source");
  if (given == nullptr) return;
  const SourceSettings before = source;
  bool fine = true;
  fields.within(*given, "source.", [&](Fields& inner) {
    if (auto name = inner.text("name")) choose_source(source, *std::move(name));
    if (auto id = inner.text("webhook_id", {.max = kMaxSettingBytes, .may_be_empty = true})) {
      source.webhook_id = *std::move(id);
    }
    if (inner.is_null("url_action")) source.url_action.reset();
    if (const auto action = read_action(inner, "url_action", false)) source.url_action = action;
    if (const auto skip = inner.boolean("skip_stale")) source.skip_stale = *skip;
    read_lists(inner, source);
    fine = inner.is_fine();
  });
  if (fine) add(fields, source_faults(context.presets, context.catalog, before, source));
}

void read_protection(Fields& fields, const WebhookFieldsContext& context, Protection& protection) {
  const json::object* given = fields.object("protection");
  if (given == nullptr) return;
  const Protection before = protection;
  bool fine = true;
  fields.within(*given, "protection.", [&](Fields& inner) {
    if (const auto networks = inner.words("networks", kMaxNetworks)) {
      protection.networks.clear();
      for (const std::string& text : *networks) {
        const auto network = IpNetwork::parse(text);
        if (!network)
          inner.wrong("networks", "names '" + text + "', which is no address or network such as 192.0.2.0/24");
        if (network) protection.networks.push_back(*network);
      }
    }
    read_rate(inner, "webhook_rate", protection.webhook_rate);
    read_rate(inner, "address_rate", protection.address_rate);
    if (inner.is_null("expires_at")) protection.expires_at.reset();
    if (const auto time = inner.time("expires_at")) protection.expires_at = *time;
    fine = inner.is_fine();
  });
  if (fine) add(fields, protection_faults(before, protection, context.now));
}

void read_sample(Fields& fields, SampleRequest& sample) {
  constexpr std::size_t kMaxBytes = 1024UL * 1024;
  constexpr std::size_t kMaxHeaders = 100;
  sample.body =
      fields.text("body", {.required = true, .max = kMaxBytes, .may_be_empty = true, .raw = true}).value_or("");
  sample.content_type = fields.text("content_type", {.max = 255, .may_be_empty = true}).value_or("");
  sample.query = fields.text("query", {.max = kMaxBytes, .may_be_empty = true}).value_or("");
  const auto headers = fields.objects("headers", kMaxHeaders);
  for (const boost::json::object* each : headers.value_or(std::vector<const boost::json::object*>())) {
    fields.within(*each, "headers.", [&](Fields& inner) {
      auto name = inner.text("name", {.required = true});
      auto value = inner.text("value", {.required = true, .max = kMaxSignatureBytes, .may_be_empty = true});
      if (name && value) sample.headers.emplace_back(*std::move(name), *std::move(value));
    });
  }
}

}  // namespace postern
