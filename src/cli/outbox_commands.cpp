#include "cli/outbox_commands.h"

#include "base/time_text.h"
#include "cli/output.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <charconv>

namespace postern {
namespace {

namespace json = boost::json;

constexpr std::size_t kRetriedAtOnce = 1000;

Result<OutboxId> parse_number(const std::string& text) {
  OutboxId id;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id.value);
  if (error == std::errc() && end == text.data() + text.size()) return id;
  return Error{Errc::invalid, fmt::format("'{}' is no number of an effect; see postern outbox list.", printable(text)),
               ""};
}

Result<EffectKind> parse_kind(const std::string& text) {
  if (const auto kind = parse_effect_kind(text)) return *kind;
  return Error{Errc::invalid,
               fmt::format("'{}' is no kind of effect. There are welcome_email, password_email, processed_hook, events"
                           " and event.",
                           printable(text)),
               ""};
}

json::string word(std::string_view text) {
  return json::string(text.data(), text.size());
}

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

template <class Tag>
json::value number_or_null(const std::optional<Id<Tag>>& id) {
  return id ? json::value(id->value) : json::value(nullptr);
}

json::object to_json(const OutboxRow& row) {
  const NewEffect& effect = row.effect;
  return {{"id", row.id.value},
          {"kind", word(to_word(effect.kind))},
          {"state", word(to_word(row.state))},
          {"attempts", row.attempts},
          {"created_at", to_rfc3339(row.created_at)},
          {"due_at", to_rfc3339(effect.due_at)},
          {"finished_at", row.finished_at ? json::value(to_rfc3339(*row.finished_at)) : json::value(nullptr)},
          {"note", row.note},
          {"delivery", effect.delivery ? json::value(to_text(*effect.delivery)) : json::value(nullptr)},
          {"user", number_or_null(effect.user)},
          {"endpoint", number_or_null(effect.endpoint)},
          {"event_type", text_or_null(effect.event_type)},
          {"event_id", text_or_null(effect.event_id)}};
}

json::object to_json(const OutboxAttempt& attempt) {
  return {{"at", to_rfc3339(attempt.at)},
          {"ok", attempt.ok},
          {"status", attempt.status == 0 ? json::value(nullptr) : json::value(attempt.status)},
          {"duration_ms", attempt.duration.count()},
          {"note", attempt.note},
          {"response", text_or_null(attempt.response)}};
}

Result<OutboxRow> find(SqliteStore& store, OutboxId id) {
  if (auto row = TRY(store.find_effect(id))) return *std::move(row);
  return Error{Errc::not_found,
               fmt::format("There is no effect {}. It may have left the outbox; see postern outbox list.", id.value),
               ""};
}

Result<OutboxQuery> make_query(const OutboxFlags& flags) {
  OutboxQuery query;
  query.limit = flags.limit;
  if (!flags.kind.empty()) query.kind = TRY(parse_kind(flags.kind));
  if (!flags.state.empty()) {
    query.state = parse_outbox_state(flags.state);
    if (!query.state) return Error{Errc::invalid, "--state must be waiting, done, dead or skipped.", ""};
  }
  if (!flags.delivery.empty()) {
    query.delivery = parse_delivery_id(flags.delivery);
    if (!query.delivery) return Error{Errc::invalid, "--delivery must be the number of a delivery.", ""};
  }
  return query;
}

}  // namespace

Result<void> list_effects(Context& context, const OutboxFlags& flags) {
  const OutboxQuery query = TRY(make_query(flags));
  SqliteStore& store = *TRY(context.store());
  json::array list;
  std::vector<std::vector<std::string>> rows;
  const std::vector<OutboxRow> found = TRY(store.outbox(query));
  for (const OutboxRow& row : found) {
    list.push_back(to_json(row));
    rows.push_back({std::to_string(row.id.value), std::string(to_word(row.effect.kind)),
                    std::string(to_word(row.state)), std::to_string(row.attempts),
                    row.effect.delivery ? to_text(*row.effect.delivery) : "",
                    row.state == OutboxState::waiting ? to_rfc3339(row.effect.due_at) : "", printable(row.note)});
  }
  if (context.json) {
    print_json(list);
  } else {
    print_table({"NUMBER", "KIND", "STATE", "TRIES", "DELIVERY", "DUE", "NOTE"}, rows, "Nothing is in the outbox.");
  }
  return {};
}

Result<void> show_effect(Context& context, const std::string& number) {
  const OutboxId id = TRY(parse_number(number));
  SqliteStore& store = *TRY(context.store());
  const OutboxRow row = TRY(find(store, id));
  const std::vector<OutboxAttempt> attempts = TRY(store.attempts(id));
  if (context.json) {
    json::object out = to_json(row);
    json::array tries;
    for (const OutboxAttempt& each : attempts) tries.push_back(to_json(each));
    out["tries"] = std::move(tries);
    print_json(out);
    return {};
  }
  print_line(fmt::format("effect {}: {}, {}", id.value, to_word(row.effect.kind), to_word(row.state)));
  if (row.effect.delivery) print_line(fmt::format("  of delivery {}", to_text(*row.effect.delivery)));
  if (!row.effect.event_type.empty()) {
    print_line(fmt::format("  event {} {}", printable(row.effect.event_type), printable(row.effect.event_id)));
  }
  if (row.state == OutboxState::waiting) print_line("  due " + to_rfc3339(row.effect.due_at));
  for (const OutboxAttempt& each : attempts) {
    print_line(fmt::format("{}  {}{}  {} ms  {}", to_rfc3339(each.at), each.ok ? "ok" : "failed",
                           each.status == 0 ? "" : fmt::format(" ({})", each.status), each.duration.count(),
                           printable(each.note)));
  }
  if (attempts.empty()) print_line("Not tried yet.");
  return {};
}

Result<void> retry_effects(Context& context, const std::string& number, const std::string& dead_kind) {
  if (number.empty() == dead_kind.empty()) {
    return Error{Errc::invalid, "Give the number of an effect, or --dead KIND for all of a kind that were given up.",
                 ""};
  }
  SqliteStore& store = *TRY(context.store());
  std::size_t retried = 1;
  if (dead_kind.empty()) {
    const OutboxId id = TRY(parse_number(number));
    TRY(store.retry_effect(id, context.clock.now()));
  } else {
    const EffectKind kind = TRY(parse_kind(dead_kind));
    retried = 0;
    while (const std::size_t n = TRY(store.retry_dead(kind, std::nullopt, context.clock.now(), kRetriedAtOnce))) {
      retried += n;
    }
  }
  if (context.json) {
    print_json(json::object{{"retried", retried}});
  } else {
    print_line(fmt::format("{} effect(s) will be tried again now, by the running server.", retried));
  }
  return {};
}

}  // namespace postern
